-- As before, and with the revision of the lead.
create or replace function sluice_items_inserted() returns trigger language plpgsql
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
                             setting_version, attempt, error, cause, caused_by, revision)
    select n.org_id, n.integration_id, base + row_number() over (order by n.captured_at, n.id), logged_at, n.id, n.lead_id, n.event_id,
           n.version, null, sluice_status(n.state, n.release_epoch, gate.flow, gate.release_epoch), gate.version, n.attempts, n.error, n.cause, n.caused_by, n.revision
    from new_rows n where n.org_id = change.org_id and n.integration_id = change.integration_id;
    perform pg_notify('sluice_work', change.integration_id::text);
  end loop;
  insert into counts as c (org_id, integration_id, event_id, bucket, n)
  select org_id, integration_id, event_id, b.bucket, count(*)::int
  from new_rows, unnest(sluice_buckets(state, release_epoch, category, repeated)) b (bucket)
  group by 1, 2, 3, 4 order by 1, 2, 3, 4
  on conflict (org_id, integration_id, event_id, bucket) do update set n = c.n + excluded.n;
  perform pg_notify('sluice', '');
  return null;
end $$;
--> statement-breakpoint
create or replace function sluice_items_updated() returns trigger language plpgsql
security definer set search_path = public, pg_temp set enable_nestloop = off as $$
declare
  change record;
  progress record;
  base bigint;
  logged_at timestamptz;
  gate record;
begin
  for change in
    select n.org_id, n.integration_id, (count(*) + count(*) filter (where n.event_id <> o.event_id))::int as moves,
      bool_or(n.state = 'PENDING') as work
    from new_rows n join old_rows o on o.org_id = n.org_id and o.id = n.id
    where n.version <> o.version or n.state <> o.state
    group by n.org_id, n.integration_id order by n.integration_id
  loop
    update sync_logs set position = position + change.moves, last_at = greatest(last_at, sluice_clock())
    where org_id = change.org_id and integration_id = change.integration_id
    returning position - change.moves, last_at into strict base, logged_at;
    select flow, release_epoch, version into gate from gates
    where org_id = change.org_id and integration_id = change.integration_id;
    if not found then continue; end if;
    insert into transitions (org_id, integration_id, position, at, item_id, lead_id, event_id, item_version, from_status, to_status,
                             setting_version, attempt, error, cause, caused_by, revision)
    select n.org_id, n.integration_id, base + row_number() over (order by n.due_at, n.id, part.place), logged_at, n.id, n.lead_id,
           case part.place when 1 then o.event_id else n.event_id end,
           n.version - case when part.place = 1 and n.event_id <> o.event_id then 1 else 0 end,
           case part.place when 1 then sluice_status(o.state, o.release_epoch, gate.flow, gate.release_epoch) end,
           case when part.place = 1 and n.event_id <> o.event_id then 'WITHDRAWN'
                else sluice_status(n.state, n.release_epoch, gate.flow, gate.release_epoch) end,
           gate.version, n.attempts, n.error, n.cause, n.caused_by, n.revision
    from new_rows n join old_rows o on o.org_id = n.org_id and o.id = n.id
    cross join lateral generate_series(1, case when n.event_id <> o.event_id then 2 else 1 end) as part (place)
    where n.org_id = change.org_id and n.integration_id = change.integration_id
      and (n.version <> o.version or n.state <> o.state);
    if change.work then perform pg_notify('sluice_work', change.integration_id::text); end if;
  end loop;
  if base is null then return null; end if;

  insert into counts as c (org_id, integration_id, event_id, bucket, n)
  select org_id, integration_id, event_id, bucket, sum(delta)::int from (
    select org_id, integration_id, event_id, b.bucket, 1 as delta
    from new_rows, unnest(sluice_buckets(state, release_epoch, category, repeated)) b (bucket)
    union all
    select org_id, integration_id, event_id, b.bucket, -1
    from old_rows, unnest(sluice_buckets(state, release_epoch, category, repeated)) b (bucket)
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
