-- Substring search over names, e-mail and company. Trusted: the owner of the database may create it.
create extension if not exists pg_trgm;
--> statement-breakpoint
-- The clock of every statement. The session setting sluice.clock_offset ('3600 s') shifts it; only tests set it.
create function sluice_now() returns timestamptz language sql stable as $$
  select now() + coalesce(nullif(current_setting('sluice.clock_offset', true), ''), '0')::interval
$$;
--> statement-breakpoint
-- The same within a transaction: moves on while it runs.
create function sluice_clock() returns timestamptz language sql volatile as $$
  select clock_timestamp() + coalesce(nullif(current_setting('sluice.clock_offset', true), ''), '0')::interval
$$;
