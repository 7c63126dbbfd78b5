import { userInfo } from 'node:os';
import { Option } from 'commander';

export const EXIT_FAILED = 1;

/** Every verb that answers has it. */
export const json = () => new Option('--json', 'print one JSON object on stdout and nothing else');
export const tenantOption = () => new Option('--tenant <slug>', 'the tenant').makeOptionMandatory();

/** Who a receipt of this command names: the operator at the machine. */
export const operator = { mode: 'operator', workload: `cli:${userName()}` } as const;

/** In a container a process may run under a number that has no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid-${process.getuid?.() ?? 'unknown'}`;
  }
}

/** One object for programs, or text for people. */
export function print(asJson: boolean | undefined, value: object, text: string): void {
  console.log(asJson === true ? JSON.stringify(value) : text);
}
