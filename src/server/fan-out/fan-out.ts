import { randomUUID } from 'node:crypto';
import type { GraphQLError } from 'graphql';
import { decodeCursor } from '../../sync/log.ts';
import { systemName, type Viewer } from '../../sync/viewer.ts';
import type { Gateway, OperationScope } from '../gateway.ts';
import { limitExceeded } from '../limits.ts';
import type { Metrics } from '../metrics.ts';
import { isRefused, type Operation } from '../operations.ts';
import { StreamFailure } from '../result-stream.ts';
import type { SocketConnection } from '../socket-connection.ts';
import { placeInLog, SubscriptionGroup } from './group.ts';
import { GroupMember } from './member.ts';
import { type Sharing, sharingOf } from './subscription-shape.ts';
import { WatchedFeed } from './watched-feed.ts';

/** The groups of one key: several while some of them catch up. */
interface Groups {
  all: Set<SubscriptionGroup>;
  /** Where each waited when it last did; may be out of date. */
  byPlace: Map<string, SubscriptionGroup>;
  /** By the cursor that is asked for. */
  opening: Map<string | null, Promise<SubscriptionGroup | readonly GraphQLError[]>>;
}

/**
 * Serves subscriptions over WebSocket in groups: who asks the same under the same organization and role shares a source. A group is joined only
 * where it is known that the joiner misses nothing and gets nothing twice: before its first message, at the end of a log, or at the joiner's own
 * cursor. Everybody else starts alone, and is taken over by the group once both wait at the same place.
 */
export class FanOut {
  readonly #gateway: Gateway;
  readonly #metrics: Metrics;
  readonly #groups = new Map<string, Groups>();
  readonly #settling = new Set<SubscriptionGroup>();

  constructor(gateway: Gateway, metrics: Metrics) {
    this.#gateway = gateway;
    this.#metrics = metrics;
  }

  /** A subscription of this socket. Its results go to the socket by themselves; what is returned is read for its end. */
  async subscribe(
    operation: Operation,
    scope: OperationScope,
    connection: SocketConnection,
    id: string,
  ): Promise<GroupMember | readonly GraphQLError[]> {
    const release = this.#gateway.takeSubscription(scope);
    if (!release) return [this.#gateway.present(limitExceeded('subscriptionsPerKey'), scope)];
    const sharing = sharingOf(operation);
    const { orgId, role } = scope.session.identity.viewer;
    const key = `${orgId}/${role}/${sharing.key}`;
    for (;;) {
      const group =
        findJoinable(this.#groups.get(key), sharing) ?? (await this.#opened(key, operation, sharing, scope));
      if (isRefused(group)) {
        release();
        return group;
      }
      if (isJoinable(group, sharing)) return new GroupMember(connection, id, group, release);
      // It went on while this joiner waited for it.
    }
  }

  /** A new group, or one that somebody else is opening just now. */
  async #opened(key: string, operation: Operation, sharing: Sharing, scope: OperationScope) {
    const groups = this.#groups.get(key) ?? { all: new Set(), byPlace: new Map(), opening: new Map() };
    this.#groups.set(key, groups);
    const opening =
      groups.opening.get(sharing.after) ?? this.#open(key, operation, sharing, scope.session.identity.viewer);
    groups.opening.set(sharing.after, opening);
    try {
      return await opening;
    } finally {
      if (groups.opening.get(sharing.after) === opening) groups.opening.delete(sharing.after);
      this.#forgetEmpty(key);
    }
  }

  async #open(
    key: string,
    operation: Operation,
    { after, rootField }: Sharing,
    { orgId, role }: Viewer,
  ): Promise<SubscriptionGroup | readonly GraphQLError[]> {
    // Nobody's name: what a group sends must be right for all its members.
    const viewer: Viewer = { orgId, role, name: systemName, keyId: null };
    const scope = { viewer, requestId: randomUUID(), ended: new AbortController().signal };
    const context = this.#gateway.contextOf(scope);
    const feed = new WatchedFeed(context.feed, () => this.#settle(group));
    const group = new SubscriptionGroup({
      key,
      after,
      oneByOne: rootField === 'leadStatusChanged',
      feed,
      events: {
        ended: (ended) => this.#ended(ended),
        fellBehind: (error) => {
          this.#metrics.slowConsumers.inc({ outcome: 'ended' });
          return new StreamFailure([this.#gateway.present(error, scope)]);
        },
        skipped: () => this.#metrics.slowConsumers.inc({ outcome: 'skipped' }),
      },
    });
    const stream = await this.#gateway.open(operation, { ...context, feed }, () => {});
    if (isRefused(stream)) return stream;
    group.open(stream);
    this.#groups.get(key)?.all.add(group);
    this.#metrics.groups.inc();
    return group;
  }

  #ended(group: SubscriptionGroup): void {
    this.#metrics.groups.dec();
    const groups = this.#groups.get(group.options.key);
    if (!groups) return;
    groups.all.delete(group);
    forgetPlace(groups, group);
    this.#forgetEmpty(group.options.key);
  }

  #forgetEmpty(key: string): void {
    const groups = this.#groups.get(key);
    if (groups && groups.all.size === 0 && groups.opening.size === 0) this.#groups.delete(key);
  }

  /** Looks, after everything that is handed out now was taken, whether the group waits where another one does. */
  #settle(group: SubscriptionGroup): void {
    if (this.#settling.has(group)) return;
    this.#settling.add(group);
    setImmediate(() => {
      this.#settling.delete(group);
      const { place } = group;
      const groups = this.#groups.get(group.options.key);
      if (place === null || !groups) return;
      const other = groups.byPlace.get(place);
      if (!other || other === group || other.place !== place) rememberPlace(groups, place, group);
      else if (other.members.size >= group.members.size) other.absorb(group);
      else {
        group.absorb(other);
        rememberPlace(groups, place, group);
      }
    });
  }
}

function rememberPlace(groups: Groups, place: string, group: SubscriptionGroup): void {
  forgetPlace(groups, group);
  group.waitedAt = place;
  groups.byPlace.set(place, group);
}

function forgetPlace({ byPlace }: Groups, group: SubscriptionGroup): void {
  if (group.waitedAt !== null && byPlace.get(group.waitedAt) === group) byPlace.delete(group.waitedAt);
}

function findJoinable(groups: Groups | undefined, sharing: Sharing): SubscriptionGroup | null {
  for (const group of groups?.all ?? []) if (isJoinable(group, sharing)) return group;
  return null;
}

/** Whether a group's next message is the joiner's first. */
function isJoinable(group: SubscriptionGroup, { after, rootField, isHidden }: Sharing): boolean {
  if (group.ended) return false;
  const { handed, waiting } = group.options.feed;
  const sameBeginning = group.options.after === after;
  // A state is told first as it is now, so a group that has read it is too late.
  if (!logFields.has(rootField ?? '')) return sameBeginning && !group.begun;
  if (!handed) return sameBeginning;
  if (isHidden) return false; // where it begins is not known, so neither is whether the group is there
  if (!waiting || handed.kind !== 'batch') return false;
  return after === null ? handed.batch.caughtUp : placeOf(after, handed.integrationId) === placeInLog(handed.batch);
}

/** Subscriptions that tell every move, not the latest state. */
const logFields: ReadonlySet<string> = new Set(['leadStatusChanged', 'leadStatusesChanged']);

function placeOf(cursor: string, integrationId: string): string | null {
  try {
    return placeInLog(decodeCursor(cursor, integrationId));
  } catch {
    return null; // its own stream says so
  }
}
