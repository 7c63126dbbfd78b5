import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import {
  OPERATION_BUCKETS_SECONDS,
  OTHER_LABELS_MAX,
  POLICY_BUCKETS_SECONDS,
  TOOL_LABELS_MAX,
} from './constants.ts';
import type { Metrics, OperationMeasure } from './types.ts';

const OPERATION_LABELS = [
  'mcp_method_name',
  'gen_ai_tool_name',
  'error_type',
  'mcp_protocol_version',
] as const;

/** Prometheus metrics in a registry of their own, under the names of the MCP semantic conventions. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const operation = (name: string, help: string) =>
    new Histogram({
      name,
      help,
      labelNames: OPERATION_LABELS,
      buckets: OPERATION_BUCKETS_SECONDS,
      registers: [registry],
    });
  const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[] = []) =>
    new Counter({ name, help, labelNames, registers: [registry] });

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
  const queue = new Gauge({
    name: 'countersign_receipt_queue_depth',
    help: 'Receipts waiting for their batch',
    registers: [registry],
  });
  const evaluation = new Histogram({
    name: 'countersign_policy_eval_duration_seconds',
    help: 'Time of a policy decision',
    buckets: POLICY_BUCKETS_SECONDS,
    registers: [registry],
  });
  const labels = createLabels();
  return {
    serverOperation: (seconds, measure) => server.observe(labels(measure), seconds),
    clientOperation: (seconds, measure) => client.observe(labels(measure), seconds),
    decision: (effect) => decisions.inc({ decision: effect }),
    policyEvaluation: (seconds) => evaluation.observe(seconds),
    receiptsAppended: (count) => receipts.inc(count),
    receiptQueueDepth: (depth) => queue.set(depth),
    oauthFlow: (step, result) => flows.inc({ step, result }),
    policyDifference: () => differences.inc(),
    render: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  };
}

/** Label sets of operations. What is beyond a bound shares one label, so that strangers can't grow the registry. */
function createLabels(): (measure: OperationMeasure) => Record<(typeof OPERATION_LABELS)[number], string> {
  const toolLabel = boundedLabel(TOOL_LABELS_MAX);
  const methodLabel = boundedLabel(OTHER_LABELS_MAX);
  const errorLabel = boundedLabel(OTHER_LABELS_MAX);
  const versionLabel = boundedLabel(OTHER_LABELS_MAX);
  return ({ method, tool, errorType, protocolVersion }) => ({
    mcp_method_name: methodLabel(method),
    gen_ai_tool_name: toolLabel(tool),
    error_type: errorLabel(errorType),
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
