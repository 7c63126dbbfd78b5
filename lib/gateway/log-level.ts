import { isJsonObject, type JsonObject } from '#lib/core';

/** From the most talkative to the gravest (RFC 5424 §6.2.1). */
export const LOG_LEVELS = [
  'debug',
  'info',
  'notice',
  'warning',
  'error',
  'critical',
  'alert',
  'emergency',
] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

export function isLogLevel(value: unknown): value is LogLevel {
  return LOG_LEVELS.includes(value as LogLevel);
}

/** The first says more than the second; whoever has said nothing yet says less than anybody. */
export function isMoreTalkative(level: LogLevel, than: LogLevel | undefined): boolean {
  return than === undefined || LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(than);
}

/** A `notifications/message` is at least as grave as was asked for. One without a level is of none that was. */
export function isGraveEnough(message: JsonObject, asked: LogLevel): boolean {
  const { params } = message;
  const level = isJsonObject(params) ? params['level'] : undefined;
  return LOG_LEVELS.indexOf(level as LogLevel) >= LOG_LEVELS.indexOf(asked);
}
