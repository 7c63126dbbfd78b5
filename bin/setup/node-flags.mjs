/**
 * What Node is started with, wherever Countersign runs: by npm scripts, in the image, in tests and benchmarks.
 *
 * V8's memory reducer collects during a rest what a call path that was warm lives on: shapes of objects, and with them
 * the compiled code that relies on them. Half a minute without calls then made the next ten seconds of calls cost half
 * as much again (docs/performance.md). V8 reads this once, as it starts, and NODE_OPTIONS does not take it.
 */
export const NODE_FLAGS = ['--disable-warning=ExperimentalWarning', '--no-memory-reducer'];
