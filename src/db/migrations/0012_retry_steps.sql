-- Retries that were half released go on: what they released so far is theirs, the rest is looked for.
update retries set released = total, looking = releasing;
--> statement-breakpoint
-- A released lead that leaves its retry without an answer (it was withdrawn, say) is nobody's to wait for: it is taken off the retry's numbers.
-- Runs after sync_items_updated, by its name, so that retries are still locked last. What a canceled retry puts back stays in its total.
create function sluice_retries_left() returns trigger language plpgsql
security definer set search_path = public, pg_temp set enable_nestloop = off as $$
declare
  lost record;
begin
  for lost in
    select o.org_id, o.retry_id, count(*)::int as leads
    from new_rows n join old_rows o on o.org_id = n.org_id and o.id = n.id
    where o.retry_id is not null and o.state <> 'WITHDRAWN' and (n.retry_id is null or n.state = 'WITHDRAWN')
      and n.cause not in ('ANSWERED', 'REFUSED_LOCALLY', 'RETRY_CANCELED')
    group by o.org_id, o.retry_id order by o.retry_id
  loop
    update retries r set total = r.total - lost.leads, released = r.released - lost.leads,
      step_released = greatest(0, r.step_released - lost.leads),
      status = case when not r.releasing and not r.looking and r.cleared + r.failed >= r.total - lost.leads then 'COMPLETED' else r.status end
    where r.org_id = lost.org_id and r.id = lost.retry_id and r.status = 'RUNNING';
  end loop;
  return null;
end $$;
--> statement-breakpoint
create trigger sync_items_updated_retries after update on sync_items
  referencing old table as old_rows new table as new_rows for each statement execute function sluice_retries_left();
--> statement-breakpoint
-- The last outcome of a ramp's step rings for whoever goes on with it.
create function sluice_step_done() returns trigger language plpgsql as $$
begin
  perform pg_notify('sluice_retries', new.org_id || '/' || new.integration_id);
  return null;
end $$;
--> statement-breakpoint
create trigger retries_step_done after update on retries for each row
  when (new.status = 'RUNNING' and new.releasing and new.ramp is not null and new.cleared + new.failed >= new.released
    and (old.cleared + old.failed < old.released))
  execute function sluice_step_done();
