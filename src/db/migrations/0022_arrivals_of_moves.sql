-- As before, but a lead that arrives from another event is not captured a second time.
create or replace function sluice_transitions_logged() returns trigger language plpgsql
security definer set search_path = public, pg_temp as $$
begin
  with moves as (
    select m.org_id, m.integration_id, date_trunc('minute', m.at) as minute, m.event_id,
           m.from_status is null and m.cause <> 'MOVED' as is_captured,
           m.to_status = 'CLEARED' and m.cause = 'ANSWERED' as is_cleared,
           m.to_status = 'FAILED' and m.cause in ('ANSWERED', 'REFUSED_LOCALLY', 'RECOVERED') as is_failed,
           case when m.to_status = 'CLEARED' and m.cause = 'ANSWERED' and not exists (
             select from transitions t
             where t.org_id = m.org_id and t.item_id = m.item_id and t.position < m.position and t.to_status = 'CLEARED')
           then (select sluice_latency_bucket(m.at - s.captured_at) from sync_items s where s.org_id = m.org_id and s.id = m.item_id)
           end as bucket
    from logged m
    where (m.from_status is null and m.cause <> 'MOVED') or m.to_status in ('CLEARED', 'FAILED')),
  sums as (
    select org_id, integration_id, minute, event_id, count(*) filter (where is_captured)::int as captured,
           count(*) filter (where is_cleared)::int as cleared, count(*) filter (where is_failed)::int as failed,
           array_agg(bucket) filter (where bucket is not null) as buckets
    from moves group by 1, 2, 3, 4)
  insert into activity as a (org_id, integration_id, minute, event_id, captured, cleared, failed, latencies)
  select org_id, integration_id, minute, event_id, captured, cleared, failed,
         array(select count(b)::int from generate_series(0, 63) place left join unnest(buckets) b on b = place group by place order by place)
  from sums where captured + cleared + failed > 0 order by 1, 2, 3, 4
  on conflict (org_id, integration_id, minute, event_id) do update
  set captured = a.captured + excluded.captured, cleared = a.cleared + excluded.cleared, failed = a.failed + excluded.failed,
      latencies = case when excluded.cleared = 0 then a.latencies else sluice_add_buckets(a.latencies, excluded.latencies) end;
  return null;
end $$;
