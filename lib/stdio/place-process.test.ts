import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildCommand } from './build-command.ts';
import { placeProcess } from './place-process.ts';
import { declare, machine, NOTHING_OURS } from './testing/declare.ts';

let folder: string;
let own: { folders: string[]; files: string[] };

beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'countersign-place-')));
  const data = join(folder, 'data');
  mkdirSync(data, { mode: 0o700 });
  writeFileSync(join(folder, 'stdio.yaml'), '');
  symlinkSync(data, join(folder, 'link'));
  writeFileSync(join(data, 'tool'), '', { mode: 0o755 });
  own = { folders: [data], files: [join(folder, 'stdio.yaml')] };
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('the launcher of a program', () => {
  it('is bubblewrap where that works', () => {
    expect(placeProcess(declare(''), machine(), NOTHING_OURS)).toMatchObject({
      launcher: 'bubblewrap',
      problems: [],
    });
  });

  it('says so where what is inside still has the rights of root to the files it sees', () => {
    expect(placeProcess(declare(''), machine(), NOTHING_OURS).about).toContain('name a user');
    expect(placeProcess(declare('user: tools'), machine(), NOTHING_OURS).about).not.toContain('name a user');
    expect(placeProcess(declare(''), machine({ isRoot: false }), NOTHING_OURS).about).not.toContain('name');
  });

  it('is a user of its own where there is no sandbox, we are root and one is named', () => {
    const place = placeProcess(declare('user: tools, network: true'), machine({ sandbox: false }), own);
    expect(place).toMatchObject({ launcher: 'user', runAs: { uid: 1_234, gid: 1_235 }, problems: [] });
  });

  it('is none otherwise, and says so', () => {
    const place = placeProcess(declare(''), machine({ sandbox: false }), NOTHING_OURS);
    expect(place.launcher).toBe('none');
    expect(place.about).toContain('not shut in at all: bubblewrap (bwrap) is not installed');
  });

  it('is not given up silently: a user that can not be had is a problem', () => {
    expect(placeProcess(declare('user: tools'), machine({ isRoot: false }), own).problems.join()).toMatch(
      /only root/,
    );
    expect(placeProcess(declare('user: nobody-here'), machine(), own).problems.join()).toMatch(
      /no user nobody-here/,
    );
  });

  it('of a user alone keeps nothing from the network, so it is not started without one', () => {
    const place = placeProcess(declare('user: tools'), machine({ sandbox: false }), own);
    expect(place.problems.join()).toMatch(/can't be kept from the network/);
  });

  it('of a user alone protects only what is closed to others', () => {
    const [data = ''] = own.folders;
    chmodSync(data, 0o755);
    const place = placeProcess(declare('user: tools, network: true'), machine({ sandbox: false }), own);
    chmodSync(data, 0o700);
    expect(place.problems.join()).toMatch(/open to other users/);
  });
});

describe('what a program may see', () => {
  it.each([
    ['our data', () => own.folders[0] ?? ''],
    ['a folder that holds it', () => folder],
    ['a link to it', () => join(folder, 'link')],
    ["the operator's file", () => own.files[0] ?? ''],
  ])('is never %s', (_, path) => {
    for (const member of ['read', 'write']) {
      const place = placeProcess(declare(`${member}: [${path()}]`), machine(), own);
      expect(place.problems.join()).toMatch(/shows data or settings of Countersign/);
    }
  });

  it('is never a program that lies in our data', () => {
    const declaration = { ...declare(''), command: join(own.folders[0] ?? '', 'tool') };
    expect(placeProcess(declaration, machine(), own).problems.join()).toMatch(/shows data or settings/);
  });

  it('must exist, and so must the program', () => {
    const declaration = { ...declare('read: [/srv/not-there]'), command: 'no-such-program' };
    const { problems } = placeProcess(declaration, machine(), NOTHING_OURS);
    expect(problems).toStrictEqual([
      'no-such-program is no program that can be run here',
      '/srv/not-there does not exist',
    ]);
  });

  it('is the program itself, where it lies outside of the system', () => {
    const tool = join(folder, 'tool');
    writeFileSync(tool, '', { mode: 0o755 });
    const place = placeProcess({ ...declare(''), command: tool }, machine(), NOTHING_OURS);
    expect(place.read).toStrictEqual([tool]);
  });
});

describe('the command', () => {
  const build = (members: string, tools = machine()) => {
    const declaration = declare(members);
    const place = placeProcess(declaration, tools, NOTHING_OURS);
    return buildCommand(declaration, place, tools, { KEY: 'canary' });
  };

  it('has no secret among its arguments, which every user of the machine can read', () => {
    const command = build('environment: {KEY: env:COUNTERSIGN_SECRET_X}');
    expect(command.args.join(' ')).not.toContain('canary');
    expect(command.environment).toStrictEqual({
      PATH: '/usr/local/bin:/usr/bin:/bin',
      HOME: '/tmp',
      LANG: 'C.UTF-8',
      KEY: 'canary',
    });
  });

  it('has no network unless it was declared', () => {
    expect(build('').args).toContain('--unshare-net');
    expect(build('network: true').args).not.toContain('--unshare-net');
  });

  it('sets its limits inside of the sandbox', () => {
    const { args } = build(
      'limits: {memory_mb: 100, cpu_seconds: 7, file_mb: 1, open_files: 20, processes: 9}',
    );
    const inside = args.slice(args.indexOf('--') + 1);
    expect(inside).toStrictEqual([
      '/usr/bin/prlimit',
      '--core=0',
      '--data=104857600',
      '--cpu=7',
      '--fsize=1048576',
      '--nofile=20',
      '--nproc=9',
      '--',
      '/bin/sh',
    ]);
  });

  it('of a user of its own gives up everything else, and ends with us', () => {
    const { file, args, runAs } = build('user: tools, network: true', machine({ sandbox: false }));
    expect(file).toBe('/usr/bin/setpriv');
    expect(args.slice(0, 6)).toStrictEqual([
      '--reuid=1234',
      '--regid=1235',
      '--clear-groups',
      '--no-new-privs',
      '--bounding-set=-all',
      '--pdeathsig=KILL',
    ]);
    expect(runAs).toBeUndefined();
  });

  it('becomes the named user before the sandbox is made', () => {
    expect(build('user: tools')).toMatchObject({ file: '/usr/bin/bwrap', runAs: { uid: 1_234, gid: 1_235 } });
  });
});
