import { describe, expect, it } from 'vitest';
import { loadConfig, type Config } from '#lib/config';

function tracingOf(environment: Record<string, string>): Config['tracing'] {
  const config = loadConfig(environment);
  if (!config.ok) throw new Error(JSON.stringify(config.error));
  return config.value.tracing;
}

function problemsOf(environment: Record<string, string>) {
  const config = loadConfig({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318', ...environment });
  if (config.ok) throw new Error('the configuration was accepted');
  return config.error;
}

describe('where traces go', () => {
  it('is nowhere unless somebody named a receiver', () => {
    expect(tracingOf({})).toBeUndefined();
    expect(tracingOf({ OTEL_TRACES_SAMPLER_ARG: '0.5' })).toBeUndefined();
  });

  it('is read with its headers, decoded, and the part of calls', () => {
    expect(
      tracingOf({
        OTEL_EXPORTER_OTLP_ENDPOINT: 'https://collector.example:4318/base/',
        OTEL_EXPORTER_OTLP_HEADERS: 'Authorization=Bearer%20x, x-team = infra',
        OTEL_TRACES_SAMPLER_ARG: '0.25',
      }),
    ).toEqual({
      endpoint: 'https://collector.example:4318/base',
      ratio: 0.25,
      headers: { authorization: 'Bearer x', 'x-team': 'infra' },
    });
  });

  it.each([
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'grpc://collector:4317'],
    ['OTEL_TRACES_SAMPLER_ARG', '1.5'],
    ['OTEL_TRACES_SAMPLER_ARG', 'half'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'no-value'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'a=%zz'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'a=1%0d%0ax-other: 2'],
  ])('refuses %s=%s', (variable, value) => {
    expect(problemsOf({ [variable]: value }).map((problem) => problem.variable)).toEqual([variable]);
  });

  it('never repeats a header in a problem', () => {
    const problems = problemsOf({ OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer canary,broken' });
    expect(JSON.stringify(problems)).not.toContain('canary');
  });
});
