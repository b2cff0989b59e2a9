-- Hot little tables stay small by HOT updates; the work list is vacuumed before dead rows pile up.
alter table gates set (fillfactor = 20);
--> statement-breakpoint
alter table sync_logs set (fillfactor = 20);
--> statement-breakpoint
alter table counts set (fillfactor = 50);
--> statement-breakpoint
alter table lead_counts set (fillfactor = 50);
--> statement-breakpoint
alter table sync_items set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.05);
--> statement-breakpoint
-- How an item reads under a gate. The same rule as statusOf in src/domain/gate.ts; a test holds the two against each other.
create function sluice_status(state text, release_epoch integer, flow text, gate_epoch integer) returns text
language sql immutable as $$
  select case when state <> 'PENDING' then state
              when flow = 'ALL' or (flow = 'RELEASED' and release_epoch is not distinct from gate_epoch) then 'QUEUED'
              else 'FROZEN' end
$$;
--> statement-breakpoint
-- The buckets of `counts` that an item is counted in.
create function sluice_buckets(state text, release_epoch integer, category text) returns text[]
language sql immutable as $$
  select case when state = 'PENDING' and release_epoch is not null then array['PENDING', 'RELEASED:' || release_epoch::text]
              when state = 'FAILED' then array['FAILED:' || category]
              when state = 'WITHDRAWN' then array[]::text[]
              else array[state] end
$$;
--> statement-breakpoint
-- Everything below runs in the transaction of the change and locks in this order: log rows (ascending integration), counts (ascending
-- key), retries (ascending id). The gate is read after the log row is locked: a switch takes the same lock before it commits, so every
-- position lies before or after it, and what is written here as FROZEN or QUEUED is what was true at that position.
--
-- Nested loops are off because a cached plan expects one row and would compare all rows with all rows.
create function sluice_items_inserted() returns trigger language plpgsql
security definer set search_path = public, pg_temp set enable_nestloop = off as $$
declare
  change record;
  base bigint;
  logged_at timestamptz;
  gate record;
begin
  for change in
    select org_id, integration_id, count(*)::int as moves from new_rows group by org_id, integration_id order by integration_id
  loop
    update sync_logs set position = position + change.moves, last_at = greatest(last_at, sluice_clock())
    where org_id = change.org_id and integration_id = change.integration_id
    returning position - change.moves, last_at into strict base, logged_at;
    select flow, release_epoch, version into strict gate from gates
    where org_id = change.org_id and integration_id = change.integration_id;
    insert into transitions (org_id, integration_id, position, at, item_id, lead_id, event_id, item_version, from_status, to_status,
                             setting_version, attempt, error, cause)
    select n.org_id, n.integration_id, base + row_number() over (order by n.captured_at, n.id), logged_at, n.id, n.lead_id, n.event_id,
           n.version, null, sluice_status(n.state, n.release_epoch, gate.flow, gate.release_epoch), gate.version, n.attempts, n.error, n.cause
    from new_rows n where n.org_id = change.org_id and n.integration_id = change.integration_id;
    perform pg_notify('sluice_work', change.integration_id::text);
  end loop;
  insert into counts as c (org_id, integration_id, event_id, bucket, n)
  select org_id, integration_id, event_id, b.bucket, count(*)::int
  from new_rows, unnest(sluice_buckets(state, release_epoch, category)) b (bucket)
  group by 1, 2, 3, 4 order by 1, 2, 3, 4
  on conflict (org_id, integration_id, event_id, bucket) do update set n = c.n + excluded.n;
  perform pg_notify('sluice', '');
  return null;
end $$;
--> statement-breakpoint
-- A change that leaves `version` and `state` alone (a claim is prolonged, a push loses its retry) is no move and is not logged.
create function sluice_items_updated() returns trigger language plpgsql
security definer set search_path = public, pg_temp set enable_nestloop = off as $$
declare
  change record;
  progress record;
  base bigint;
  logged_at timestamptz;
  gate record;
begin
  for change in
    select n.org_id, n.integration_id, count(*)::int as moves, bool_or(n.state = 'PENDING') as work
    from new_rows n join old_rows o on o.org_id = n.org_id and o.id = n.id
    where n.version <> o.version or n.state <> o.state
    group by n.org_id, n.integration_id order by n.integration_id
  loop
    update sync_logs set position = position + change.moves, last_at = greatest(last_at, sluice_clock())
    where org_id = change.org_id and integration_id = change.integration_id
    returning position - change.moves, last_at into strict base, logged_at;
    select flow, release_epoch, version into strict gate from gates
    where org_id = change.org_id and integration_id = change.integration_id;
    insert into transitions (org_id, integration_id, position, at, item_id, lead_id, event_id, item_version, from_status, to_status,
                             setting_version, attempt, error, cause)
    select n.org_id, n.integration_id, base + row_number() over (order by n.due_at, n.id), logged_at, n.id, n.lead_id, n.event_id, n.version,
           sluice_status(o.state, o.release_epoch, gate.flow, gate.release_epoch),
           sluice_status(n.state, n.release_epoch, gate.flow, gate.release_epoch), gate.version, n.attempts, n.error, n.cause
    from new_rows n join old_rows o on o.org_id = n.org_id and o.id = n.id
    where n.org_id = change.org_id and n.integration_id = change.integration_id
      and (n.version <> o.version or n.state <> o.state);
    if change.work then perform pg_notify('sluice_work', change.integration_id::text); end if;
  end loop;
  if base is null then return null; end if;

  insert into counts as c (org_id, integration_id, event_id, bucket, n)
  select org_id, integration_id, event_id, bucket, sum(delta)::int from (
    select org_id, integration_id, event_id, b.bucket, 1 as delta
    from new_rows, unnest(sluice_buckets(state, release_epoch, category)) b (bucket)
    union all
    select org_id, integration_id, event_id, b.bucket, -1
    from old_rows, unnest(sluice_buckets(state, release_epoch, category)) b (bucket)
  ) changes
  group by 1, 2, 3, 4 having sum(delta) <> 0 order by 1, 2, 3, 4
  on conflict (org_id, integration_id, event_id, bucket) do update set n = c.n + excluded.n;

  -- An item that leaves its retry with an answer is progress of that retry; one that was edited meanwhile and waits again had its answer too.
  for progress in
    select o.org_id, o.retry_id, count(*) filter (where n.state <> 'FAILED')::int as cleared, count(*) filter (where n.state = 'FAILED')::int as failed
    from new_rows n join old_rows o on o.org_id = n.org_id and o.id = n.id
    where o.retry_id is not null and n.retry_id is null and n.cause in ('ANSWERED', 'REFUSED_LOCALLY')
    group by o.org_id, o.retry_id order by o.retry_id
  loop
    update retries r set cleared = r.cleared + progress.cleared, failed = r.failed + progress.failed,
      status = case when r.status = 'RUNNING' and not r.releasing and r.cleared + progress.cleared + r.failed + progress.failed >= r.total
                    then 'COMPLETED' else r.status end
    where r.org_id = progress.org_id and r.id = progress.retry_id;
  end loop;
  perform pg_notify('sluice', '');
  return null;
end $$;
--> statement-breakpoint
create function sluice_items_deleted() returns trigger language plpgsql
security definer set search_path = public, pg_temp as $$
begin
  insert into counts as c (org_id, integration_id, event_id, bucket, n)
  select org_id, integration_id, event_id, b.bucket, -count(*)::int
  from old_rows, unnest(sluice_buckets(state, release_epoch, category)) b (bucket)
  group by 1, 2, 3, 4 order by 1, 2, 3, 4
  on conflict (org_id, integration_id, event_id, bucket) do update set n = c.n + excluded.n;
  perform pg_notify('sluice', '');
  return null;
end $$;
--> statement-breakpoint
create trigger sync_items_inserted after insert on sync_items
  referencing new table as new_rows for each statement execute function sluice_items_inserted();
--> statement-breakpoint
create trigger sync_items_updated after update on sync_items
  referencing old table as old_rows new table as new_rows for each statement execute function sluice_items_updated();
--> statement-breakpoint
create trigger sync_items_deleted after delete on sync_items
  referencing old table as old_rows for each statement execute function sluice_items_deleted();
--> statement-breakpoint
-- Leads per event, so that nobody has to count. An event's row is locked after its leads and before any item.
create function sluice_leads_changed() returns trigger language plpgsql
security definer set search_path = public, pg_temp set enable_nestloop = off as $$
begin
  if tg_op = 'INSERT' then
    insert into lead_counts as c (org_id, event_id, captured, not_enriched)
    select org_id, event_id, count(*)::int, count(*) filter (where enriched_at is null)::int
    from new_rows group by 1, 2 order by 1, 2
    on conflict (org_id, event_id) do update
      set captured = c.captured + excluded.captured, not_enriched = c.not_enriched + excluded.not_enriched;
  elsif tg_op = 'DELETE' then
    insert into lead_counts as c (org_id, event_id, captured, not_enriched)
    select org_id, event_id, -count(*)::int, -count(*) filter (where enriched_at is null)::int
    from old_rows group by 1, 2 order by 1, 2
    on conflict (org_id, event_id) do update
      set captured = c.captured + excluded.captured, not_enriched = c.not_enriched + excluded.not_enriched;
  else
    insert into lead_counts as c (org_id, event_id, captured, not_enriched)
    select org_id, event_id, sum(captured)::int, sum(not_enriched)::int from (
      select org_id, event_id, 1 as captured, (enriched_at is null)::int as not_enriched from new_rows
      union all
      select org_id, event_id, -1, -(enriched_at is null)::int from old_rows
    ) changes
    group by 1, 2 having sum(captured) <> 0 or sum(not_enriched) <> 0 order by 1, 2
    on conflict (org_id, event_id) do update
      set captured = c.captured + excluded.captured, not_enriched = c.not_enriched + excluded.not_enriched;
    if not found then return null; end if;
  end if;
  perform pg_notify('sluice', '');
  return null;
end $$;
--> statement-breakpoint
create trigger leads_inserted after insert on leads
  referencing new table as new_rows for each statement execute function sluice_leads_changed();
--> statement-breakpoint
create trigger leads_updated after update on leads
  referencing old table as old_rows new table as new_rows for each statement execute function sluice_leads_changed();
--> statement-breakpoint
create trigger leads_deleted after delete on leads
  referencing old table as old_rows for each statement execute function sluice_leads_changed();
