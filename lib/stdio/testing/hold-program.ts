/**
 * A process with a program, to be killed: `hold-program.ts <word> [user]`. The word is what the program waits for; with a
 * user there is no sandbox.
 */
import { findTools } from '../find-tools.ts';
import { ALICE, declarePrograms, startedBy } from './start-programs.ts';

const [, , word = '', user] = process.argv;
const found = findTools();
// With a sandbox even what it starts in the background ends; without one it is the program itself.
const script = user === undefined ? `sleep ${word} & echo started; cat` : `echo started; exec sleep ${word}`;
const args = JSON.stringify(['-c', script]);
const members = user === undefined ? '' : `, user: ${user}, network: true`;
const { programs } = declarePrograms(
  `servers: [{name: shell, command: /bin/sh, args: ${args}, tenants: [acme]${members}}]`,
  { tools: user === undefined ? found : { ...found, sandboxProblem: () => 'left out' } },
);
const { heard } = startedBy(programs, ALICE);
setInterval(() => {
  if (heard.text.includes('started')) process.stdout.write('started\n');
}, 20);
