import { useState } from 'react';
import { refusalOf, useAct } from '../app/act.ts';
import { sentence } from '../words/sentence.ts';
import { ConnectMutation } from './connect-mutation.ts';
import {
  type ConnectableVendor,
  type ConnectWay,
  credentialsOf,
  fieldsOf,
  type TypedValues,
} from './connectable-vendor.ts';
import type { Connected } from './connected-note.tsx';

export interface ConnectTarget {
  /** Connects this one again; absent: a new one. */
  again: { id: string; version: number } | undefined;
  onConnected(connected: Connected): void;
}

/** What was refused: at a field by its name, or as a whole. */
export interface Refusals {
  wrong: Readonly<Record<string, string>>;
  refusal: string | null;
}

const none: Refusals = { wrong: {}, refusal: null };

/** Tries the credentials at the vendor; they are stored where it takes them. */
export function useConnect(vendor: ConnectableVendor, { again, onConnected }: ConnectTarget) {
  const [refusals, setRefusals] = useState(none);
  const [pending, setPending] = useState(false);
  const act = useAct();

  const refuse = (way: ConnectWay, result: Refusal) => setRefusals(refusalsOf(vendor, way, result));

  return {
    ...refusals,
    pending,
    refuse,
    forgetRefusals: () => setRefusals(none),
    async connect(way: ConnectWay, values: TypedValues, authorizationId: string | null = null): Promise<void> {
      setPending(true);
      setRefusals(none);
      const input = {
        vendor: vendor.vendor,
        credentials: credentialsOf(vendor, way, values, authorizationId),
        ...(values.name?.trim() && { name: values.name.trim() }),
        ...(again && { integrationId: again.id, expectedVersion: again.version }),
      };
      const result = (await act(ConnectMutation, { input }))?.connect;
      setPending(false);
      if (result?.__typename === 'ConnectSuccess') onConnected(result);
      else if (result) refuse(way, result);
    },
  };
}

interface Refusal {
  __typename: string;
  message?: string;
  fieldErrors?: readonly { path: string; message: string }[];
}

/** `credentials.marketo.baseUrl` belongs to a field, `credentials` to all of them. */
function refusalsOf(vendor: ConnectableVendor, way: ConnectWay, result: Refusal): Refusals {
  if (!result.fieldErrors) return { wrong: {}, refusal: refusalOf(result) };
  const byField = result.fieldErrors.map(
    ({ path, message }) => [path.split('.').at(-1) ?? '', sentence(message)] as const,
  );
  const known = new Set(['name', ...fieldsOf(vendor, way).map(({ name }) => name)]);
  return {
    wrong: Object.fromEntries(byField.filter(([name]) => known.has(name))),
    refusal: byField.find(([name]) => !known.has(name))?.[1] ?? null,
  };
}
