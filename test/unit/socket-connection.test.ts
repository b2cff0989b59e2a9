import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { limits } from '../../src/server/limits.ts';
import { SocketConnection } from '../../src/server/socket-connection.ts';

class FakeSocket extends EventEmitter {
  readyState: number = WebSocket.OPEN;
  readonly ping = vi.fn();
  readonly terminate = vi.fn();
  readonly close = vi.fn();
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function open() {
  const socket = new FakeSocket();
  const connection = new SocketConnection(socket as unknown as WebSocket, new PassThrough(), pino({ level: 'silent' }));
  return { socket, connection };
}

test('a socket that answers every ping stays open', () => {
  const { socket } = open();
  socket.ping.mockImplementation(() => socket.emit('pong'));
  vi.advanceTimersByTime(10 * limits.pingMs);
  expect(socket.ping).toHaveBeenCalledTimes(10);
  expect(socket.terminate).not.toHaveBeenCalled();
});

test('a socket that does not is cut before the next ping', () => {
  const { socket } = open();
  vi.advanceTimersByTime(2 * limits.pingMs - 1);
  expect(socket.terminate).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(socket.terminate).toHaveBeenCalledTimes(1);
});

test('a socket that is closed is not pinged any more', () => {
  const { socket } = open();
  socket.emit('close');
  vi.advanceTimersByTime(5 * limits.pingMs);
  expect(socket.ping).not.toHaveBeenCalled();
});

test('a close for a restart waits for the queries and mutations under way', async () => {
  const { socket, connection } = open();
  const { promise, resolve } = Promise.withResolvers<void>();
  const running = connection.executing(() => promise);
  connection.closeWhenIdle(1012, 'Service restart');
  expect(socket.close).not.toHaveBeenCalled();
  vi.useRealTimers();
  resolve();
  await running;
  await vi.waitFor(() => expect(socket.close).toHaveBeenCalledWith(1012, 'Service restart'), { interval: 5 });
});
