import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export type Metrics = ReturnType<typeof createMetrics>;

/** What the transport counts, and the process itself; a registry of its own, so that several servers fit into one process. */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  return {
    registry,
    requests: new Histogram({
      name: 'sluice_http_request_seconds',
      help: 'From the request to the end of its answer; streams are not in it.',
      labelNames: ['route', 'status'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
      registers,
    }),
    operations: new Counter({
      name: 'sluice_operations_total',
      help: 'GraphQL operations by transport and kind; `refused` were not executed.',
      labelNames: ['transport', 'kind'],
      registers,
    }),
    sockets: new Gauge({ name: 'sluice_websockets', help: 'Open WebSockets.', registers }),
    subscriptions: new Gauge({
      name: 'sluice_subscriptions',
      help: 'Running subscriptions.',
      labelNames: ['transport'],
      registers,
    }),
    groups: new Gauge({
      name: 'sluice_subscription_groups',
      help: 'Sources that the subscriptions over WebSocket are served from: those that ask the same share one.',
      registers,
    }),
    slowConsumers: new Counter({
      name: 'sluice_slow_consumers_total',
      help: 'Subscribers that did not keep up: ended with SLOW_CONSUMER, or skipped to the latest state.',
      labelNames: ['outcome'],
      registers,
    }),
  };
}
