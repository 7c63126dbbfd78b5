import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';
import {
  APPEND_BUCKETS_SECONDS,
  BATCH_LEAVES_BUCKETS,
  OPERATION_BUCKETS_SECONDS,
  OTHER_LABELS_MAX,
  POLICY_BUCKETS_SECONDS,
  TOOL_LABELS_MAX,
} from './constants.ts';
import { registerGauges } from './register-gauges.ts';
import type { Metrics, OperationMeasure } from './types.ts';

const OPERATION_LABELS = [
  'mcp_method_name',
  'gen_ai_tool_name',
  'error_type',
  'network_transport',
  'mcp_protocol_version',
] as const;

/**
 * Prometheus metrics in a registry of their own, under the names of the MCP semantic conventions. A metric appears with its
 * first value: a zero that nobody counts would look like good news.
 */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const { counter, histogram } = lazyMetrics(registry);
  const operation = (name: string, help: string) =>
    histogram(name, help, OPERATION_BUCKETS_SECONDS, OPERATION_LABELS);

  const server = operation('mcp_server_operation_duration_seconds', 'From an agent’s request to its answer');
  const client = operation(
    'mcp_client_operation_duration_seconds',
    'From our request to the upstream’s answer',
  );
  const decisions = counter('countersign_decisions_total', 'Policy decisions', ['decision']);
  const receipts = counter('countersign_receipts_total', 'Receipts appended to logs');
  const flows = counter('countersign_oauth_flow_total', 'Steps of OAuth flows', ['step', 'result']);
  const differences = counter(
    'countersign_policy_differences_total',
    'Compiled residuals that disagreed with Cedar',
  );
  const batches = histogram(
    'countersign_receipt_batch_leaves',
    'Receipts that were appended together',
    BATCH_LEAVES_BUCKETS,
  );
  const appends = histogram(
    'countersign_receipt_append_duration_seconds',
    'From a batch’s departure to its commit',
    APPEND_BUCKETS_SECONDS,
  );
  const refusals = counter(
    'countersign_refusals_total',
    'Requests turned away before anything was decided, by reason',
    ['reason'],
  );
  const spans = counter('countersign_trace_spans_total', 'Spans, by what became of them', ['result']);
  const evaluation = histogram(
    'countersign_policy_eval_duration_seconds',
    'Time of a policy decision',
    POLICY_BUCKETS_SECONDS,
  );
  const labels = createLabels();
  const reasonLabel = boundedLabel(OTHER_LABELS_MAX);
  return {
    serverOperation: (seconds, measure) => server().observe(labels(measure), seconds),
    clientOperation: (seconds, measure) => client().observe(labels(measure), seconds),
    decision: (effect) => decisions().inc({ decision: effect }),
    policyEvaluation: (seconds) => evaluation().observe(seconds),
    batchAppended: (count, seconds) => {
      receipts().inc(count);
      batches().observe(count);
      appends().observe(seconds);
    },
    refused: (reason) => refusals().inc({ reason: reasonLabel(reason) }),
    spans: (result, count) => spans().inc({ result }, count),
    oauthFlow: (step, result) => flows().inc({ step, result }),
    policyDifference: () => differences().inc(),
    watch: (gauges) => registerGauges(registry, gauges),
    render: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  };
}

/** Makers of metrics that are registered when they are first used. */
function lazyMetrics(registry: Registry) {
  const registers = [registry];
  return {
    counter: <Label extends string>(name: string, help: string, labelNames: readonly Label[] = []) =>
      once(() => new Counter({ name, help, labelNames, registers })),
    histogram: <Label extends string>(
      name: string,
      help: string,
      buckets: number[],
      labelNames: readonly Label[] = [],
    ) => once(() => new Histogram({ name, help, labelNames, buckets, registers })),
  };
}

function once<Value>(make: () => Value): () => Value {
  let made: Value | undefined;
  return () => (made ??= make());
}

/** Label sets of operations. What is beyond a bound shares one label, so that strangers can't grow the registry. */
function createLabels(): (measure: OperationMeasure) => Record<(typeof OPERATION_LABELS)[number], string> {
  const toolLabel = boundedLabel(TOOL_LABELS_MAX);
  const methodLabel = boundedLabel(OTHER_LABELS_MAX);
  const errorLabel = boundedLabel(OTHER_LABELS_MAX);
  const versionLabel = boundedLabel(OTHER_LABELS_MAX);
  return ({ method, tool, errorType, protocolVersion, transport = 'tcp' }) => ({
    mcp_method_name: methodLabel(method),
    gen_ai_tool_name: toolLabel(tool),
    error_type: errorLabel(errorType),
    network_transport: transport,
    mcp_protocol_version: versionLabel(protocolVersion),
  });
}

function boundedLabel(max: number): (value: string | undefined) => string {
  const known = new Set<string>();
  return (value) => {
    if (value === undefined || known.has(value)) return value ?? '';
    if (known.size >= max) return 'other';
    known.add(value);
    return value;
  };
}
