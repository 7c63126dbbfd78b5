/**
 * `npm run fuzz`: 100,000 inputs that nobody should send, half from agents and half from an upstream.
 *   -- --inputs <number>   fewer or more
 *   -- --seed <number>     the same inputs again
 * Prints one JSON object; exits 1 on any finding.
 */
import { parseArgs } from 'node:util';
import { fuzz } from './fuzz.ts';

const { values } = parseArgs({
  options: { inputs: { type: 'string', default: '100000' }, seed: { type: 'string' } },
});
const seed = values.seed === undefined ? Date.now() % 2 ** 31 : Number(values.seed);
const report = await fuzz({
  inputs: Number(values.inputs),
  seed,
  waitsForSlow: true,
  say: (line) => process.stderr.write(`${line}\n`),
});
console.log(JSON.stringify(report, null, 2));
process.exit(report.ok ? 0 : 1);
