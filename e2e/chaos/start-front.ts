/** A load balancer that knows nothing: each connection goes to the next replica that takes it. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export interface Front {
  stop(): Promise<void>;
}

export async function startFront(port: number, targets: readonly number[]): Promise<Front> {
  const sockets = new Set<Socket>();
  let next = 0;
  const server = createServer({ pauseOnConnect: true }, (client) => {
    sockets.add(client);
    client.on('error', () => undefined);
    client.once('close', () => sockets.delete(client));
    const first = next++;
    const order = targets.map((_, at) => targets[(first + at) % targets.length] ?? port);
    reach(client, order);
  });
  const reach = (client: Socket, [target, ...others]: readonly number[]): void => {
    if (target === undefined) return void client.destroy();
    const replica = connect(target, '127.0.0.1');
    const refused = () => reach(client, others);
    replica.once('error', refused);
    replica.once('connect', () => {
      replica.off('error', refused);
      replica.on('error', () => undefined);
      sockets.add(replica);
      replica.once('close', () => {
        sockets.delete(replica);
        client.destroy();
      });
      client.once('close', () => replica.destroy());
      client.pipe(replica).pipe(client);
      client.resume();
    });
  };
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
