import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { WebSocket, WebSocketServer } from 'ws';

// The least that a broadcast over WebSocket can cost: a server with no protocol above the sockets, which sends bytes that it was given to
// everybody. Asked by IPC for { message, count }; each message was serialized once before.

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
await once(server, 'listening');
process.send?.({ port: (server.address() as AddressInfo).port });

process.on('message', async ({ message, count }: { message: string; count: number }) => {
  const bytes = Buffer.from(message);
  for (let sent = 0; sent < count; sent++) {
    for (const client of server.clients)
      if (client.readyState === WebSocket.OPEN) client.send(bytes, { binary: false });
    await setImmediate(); // so that what was sent can leave
  }
});
process.on('disconnect', () => process.exit(0));
