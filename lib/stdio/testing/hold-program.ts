/** A process with a program in a sandbox, to be killed: `hold-program.ts <word>`, which the program's own child bears. */
import { findTools } from '../find-tools.ts';
import { ALICE, declarePrograms, startedBy } from './start-programs.ts';

const [, , word = ''] = process.argv;
const args = JSON.stringify(['-c', `sleep ${word} & echo started; cat`]);
const { programs } = declarePrograms(
  `servers: [{name: shell, command: /bin/sh, args: ${args}, tenants: [acme]}]`,
  { tools: findTools() },
);
const { heard } = startedBy(programs, ALICE);
setInterval(() => {
  if (heard.text.includes('started')) process.stdout.write('started\n');
}, 20);
