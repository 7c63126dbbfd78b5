/** One rung of the ladder as a process. Usage: serve-rung.ts <what is left out>. Prints `{"url"}` and runs until its standard input ends. */
import { listen, startRuntime } from '#lib/runtime';
import { assembleRung, RUNGS } from './rungs.ts';

const rung = RUNGS.find(({ without }) => without === process.argv[2]);
if (rung === undefined) throw new Error(`there is no rung '${process.argv[2]}'`);

const runtime = await startRuntime({ ...process.env, PORT: '0', METRICS_PORT: '0' });
const { port, close } = await listen(assembleRung(runtime, rung), {
  routes: [],
  next: (_request, response) => response.writeHead(404).end(),
});
process.on('SIGTERM', () => undefined);
process.stdin
  .on('end', () => {
    void close()
      .then(() => runtime.close())
      .then(() => process.exit(0));
  })
  .resume();
console.log(JSON.stringify({ url: `http://127.0.0.1:${port}` }));
