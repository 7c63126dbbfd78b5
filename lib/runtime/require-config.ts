import { loadConfig, type Config, type ConfigProblem } from '#lib/config';

/** @throws with everything that is wrong with the environment. */
export function requireConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const config = loadConfig(environment);
  if (config.ok) return config.value;
  return refuseProblems(config.error, 'The configuration is not usable:') as never;
}

/** @throws with all of them at once, each with its remedy, unless there are none. */
export function refuseProblems(problems: readonly ConfigProblem[], heading: string): void {
  if (problems.length === 0) return;
  const lines = problems.map(({ variable, message, remedy }) => `  ${variable}: ${message}. ${remedy}`);
  throw new Error([heading, ...lines].join('\n'));
}
