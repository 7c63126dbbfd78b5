/**
 * stdio: MCP servers that are programs on this machine.
 * Owns the operator's file of them, the launcher that shuts each one in, and the processes: their limits, bounds and ends.
 * Never takes a command from anywhere else, never gives one process to two principals, never reads what a process says.
 * Promise: no program runs that the operator did not open to this tenant, and none outlives whoever it ran for.
 */
export type * from './types.ts';
export { STDIO_SCHEME } from './constants.ts';
export { createStdio } from './create-stdio.ts';
