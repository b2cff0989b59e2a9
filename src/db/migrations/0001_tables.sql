CREATE TABLE "field_mappings" (
	"org_id" uuid NOT NULL,
	"integration_id" uuid NOT NULL,
	"place" integer NOT NULL,
	"source" text NOT NULL,
	"remote_field" text NOT NULL,
	"write_behavior" text NOT NULL,
	"values" jsonb NOT NULL,
	CONSTRAINT "field_mappings_org_id_integration_id_place_pk" PRIMARY KEY("org_id","integration_id","place")
);
--> statement-breakpoint
CREATE TABLE "gates" (
	"org_id" uuid NOT NULL,
	"integration_id" uuid NOT NULL,
	"connection" text NOT NULL,
	"enabled" boolean DEFAULT true NOT NULL,
	"mode" text DEFAULT 'AUTOMATIC' NOT NULL,
	"permitted" boolean DEFAULT true NOT NULL,
	"endpoint_gone" boolean DEFAULT false NOT NULL,
	"mapped" boolean NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"connection_epoch" integer DEFAULT 1 NOT NULL,
	"release_epoch" integer DEFAULT 1 NOT NULL,
	"flow" text GENERATED ALWAYS AS (case when connection <> 'CONNECTED' or not enabled or not permitted or endpoint_gone or not mapped then 'NONE' when mode = 'MANUAL' then 'RELEASED' else 'ALL' end) STORED NOT NULL,
	"changed_at" timestamp (3) with time zone,
	"changed_by" text,
	CONSTRAINT "gates_org_id_integration_id_pk" PRIMARY KEY("org_id","integration_id")
);
--> statement-breakpoint
CREATE TABLE "integration_changes" (
	"org_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"integration_id" uuid NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"by" text NOT NULL,
	"kind" text NOT NULL,
	"before" jsonb,
	"after" jsonb,
	"reason" text,
	"version" integer NOT NULL,
	"position" bigint NOT NULL,
	CONSTRAINT "integration_changes_org_id_id_pk" PRIMARY KEY("org_id","id")
);
--> statement-breakpoint
CREATE TABLE "integrations" (
	"org_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"vendor" text NOT NULL,
	"name" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"account_id" text,
	"account_name" text,
	"account_generation" integer DEFAULT 1 NOT NULL,
	"credentials" "bytea",
	"credentials_key_id" text,
	"connected_at" timestamp (3) with time zone,
	"connected_by" text,
	"problem" text,
	CONSTRAINT "integrations_org_id_id_pk" PRIMARY KEY("org_id","id")
);
--> statement-breakpoint
CREATE TABLE "remote_fields" (
	"org_id" uuid NOT NULL,
	"integration_id" uuid NOT NULL,
	"fields" jsonb NOT NULL,
	"read_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "remote_fields_org_id_integration_id_pk" PRIMARY KEY("org_id","integration_id")
);
--> statement-breakpoint
CREATE TABLE "vendor_flows" (
	"org_id" uuid NOT NULL,
	"integration_id" uuid NOT NULL,
	"state" text NOT NULL,
	"resumes_at" timestamp (3) with time zone,
	"failures" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "vendor_flows_org_id_integration_id_pk" PRIMARY KEY("org_id","integration_id")
);
--> statement-breakpoint
CREATE TABLE "events" (
	"org_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"name" text NOT NULL,
	"starts_on" date,
	"ends_on" date,
	"time_zone" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "events_org_id_id_pk" PRIMARY KEY("org_id","id")
);
--> statement-breakpoint
CREATE TABLE "lead_counts" (
	"org_id" uuid NOT NULL,
	"event_id" uuid NOT NULL,
	"captured" integer DEFAULT 0 NOT NULL,
	"not_enriched" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "lead_counts_org_id_event_id_pk" PRIMARY KEY("org_id","event_id")
);
--> statement-breakpoint
CREATE TABLE "leads" (
	"org_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"event_id" uuid NOT NULL,
	"external_id" text,
	"first_name" text,
	"last_name" text,
	"email" text,
	"company" text,
	"job_title" text,
	"phone" text,
	"qualifiers" jsonb NOT NULL,
	"attributes" jsonb NOT NULL,
	"enriched_at" timestamp (3) with time zone,
	"captured_at" timestamp (3) with time zone NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	"search_text" text GENERATED ALWAYS AS (lower(coalesce(first_name, '') || ' ' || coalesce(last_name, '') || ' ' || coalesce(email, '') || ' ' || coalesce(company, ''))) STORED NOT NULL,
	CONSTRAINT "leads_org_id_id_pk" PRIMARY KEY("org_id","id")
);
--> statement-breakpoint
CREATE TABLE "api_keys" (
	"org_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"name" text NOT NULL,
	"role" text NOT NULL,
	"prefix" text NOT NULL,
	"hash" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"created_by" text NOT NULL,
	"last_used_at" timestamp (3) with time zone,
	"expires_at" timestamp (3) with time zone,
	"revoked_at" timestamp (3) with time zone,
	CONSTRAINT "api_keys_org_id_id_pk" PRIMARY KEY("org_id","id")
);
--> statement-breakpoint
CREATE TABLE "organizations" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "counts" (
	"org_id" uuid NOT NULL,
	"integration_id" uuid NOT NULL,
	"event_id" uuid NOT NULL,
	"bucket" text NOT NULL,
	"n" integer NOT NULL,
	CONSTRAINT "counts_org_id_integration_id_event_id_bucket_pk" PRIMARY KEY("org_id","integration_id","event_id","bucket")
);
--> statement-breakpoint
CREATE TABLE "log_epochs" (
	"one" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"epoch" text NOT NULL,
	"fingerprint" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "retries" (
	"org_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"integration_id" uuid NOT NULL,
	"event_id" uuid,
	"status" text NOT NULL,
	"requested_at" timestamp (3) with time zone NOT NULL,
	"requested_by" text NOT NULL,
	"release_epoch" integer NOT NULL,
	"total" integer DEFAULT 0 NOT NULL,
	"cleared" integer DEFAULT 0 NOT NULL,
	"failed" integer DEFAULT 0 NOT NULL,
	"selection" jsonb NOT NULL,
	"releasing" boolean NOT NULL,
	"released_up_to" uuid,
	"release_until" uuid,
	"released_at" timestamp (3) with time zone,
	"canceling" boolean DEFAULT false NOT NULL,
	CONSTRAINT "retries_org_id_id_pk" PRIMARY KEY("org_id","id")
);
--> statement-breakpoint
CREATE TABLE "sync_items" (
	"org_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"integration_id" uuid NOT NULL,
	"event_id" uuid NOT NULL,
	"lead_id" uuid NOT NULL,
	"captured_at" timestamp (3) with time zone NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"state" text DEFAULT 'PENDING' NOT NULL,
	"error" jsonb,
	"category" text GENERATED ALWAYS AS (error->>'category') STORED,
	"release_epoch" integer,
	"due_at" timestamp (3) with time zone DEFAULT sluice_now() NOT NULL,
	"match_key" text,
	"claim" uuid,
	"claimed_until" timestamp (3) with time zone,
	"retry_id" uuid,
	"before_retry" jsonb,
	"attempts" integer DEFAULT 0 NOT NULL,
	"failures" integer DEFAULT 0 NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	"synced_revision" integer,
	"remote_id" text,
	"account_generation" integer,
	"cleared_at" timestamp (3) with time zone,
	"cause" text NOT NULL,
	CONSTRAINT "sync_items_org_id_id_pk" PRIMARY KEY("org_id","id"),
	CONSTRAINT "sync_items_claimed_iff_syncing" CHECK ((state = 'SYNCING') = (claim is not null and claimed_until is not null)),
	CONSTRAINT "sync_items_failed_has_error" CHECK (state <> 'FAILED' or error is not null),
	CONSTRAINT "sync_items_cleared_has_no_error" CHECK (state <> 'CLEARED' or error is null)
);
--> statement-breakpoint
CREATE TABLE "sync_logs" (
	"org_id" uuid NOT NULL,
	"integration_id" uuid NOT NULL,
	"position" bigint DEFAULT 0 NOT NULL,
	"last_at" timestamp (3) with time zone,
	"pruned_to" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "sync_logs_org_id_integration_id_pk" PRIMARY KEY("org_id","integration_id")
);
--> statement-breakpoint
CREATE TABLE "transitions" (
	"org_id" uuid NOT NULL,
	"integration_id" uuid NOT NULL,
	"position" bigint NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"item_id" uuid NOT NULL,
	"lead_id" uuid NOT NULL,
	"event_id" uuid NOT NULL,
	"item_version" integer NOT NULL,
	"from_status" text,
	"to_status" text NOT NULL,
	"setting_version" integer NOT NULL,
	"attempt" integer NOT NULL,
	"error" jsonb,
	"cause" text NOT NULL,
	CONSTRAINT "transitions_org_id_integration_id_position_pk" PRIMARY KEY("org_id","integration_id","position")
);
--> statement-breakpoint
ALTER TABLE "integrations" ADD CONSTRAINT "integrations_org_id_organizations_id_fk" FOREIGN KEY ("org_id") REFERENCES "public"."organizations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "events" ADD CONSTRAINT "events_org_id_organizations_id_fk" FOREIGN KEY ("org_id") REFERENCES "public"."organizations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "leads" ADD CONSTRAINT "leads_org_id_event_id_events_org_id_id_fk" FOREIGN KEY ("org_id","event_id") REFERENCES "public"."events"("org_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_org_id_organizations_id_fk" FOREIGN KEY ("org_id") REFERENCES "public"."organizations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sync_items" ADD CONSTRAINT "sync_items_org_id_lead_id_leads_org_id_id_fk" FOREIGN KEY ("org_id","lead_id") REFERENCES "public"."leads"("org_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "integration_changes_newest" ON "integration_changes" USING btree ("org_id","integration_id","id" DESC NULLS LAST);--> statement-breakpoint
CREATE UNIQUE INDEX "integrations_one_per_account" ON "integrations" USING btree ("org_id","vendor","account_id") WHERE "integrations"."credentials" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "events_name" ON "events" USING btree ("org_id",lower("name"));--> statement-breakpoint
CREATE INDEX "events_newest" ON "events" USING btree ("org_id","starts_on" desc nulls last,"id" DESC NULLS LAST);--> statement-breakpoint
CREATE UNIQUE INDEX "leads_external_id" ON "leads" USING btree ("org_id","event_id","external_id") WHERE "leads"."external_id" is not null;--> statement-breakpoint
CREATE INDEX "leads_search" ON "leads" USING gin ("search_text" gin_trgm_ops);--> statement-breakpoint
CREATE UNIQUE INDEX "api_keys_hash" ON "api_keys" USING btree ("hash");--> statement-breakpoint
CREATE INDEX "api_keys_created" ON "api_keys" USING btree ("org_id","created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "organizations_name" ON "organizations" USING btree (lower("name"));--> statement-breakpoint
CREATE INDEX "retries_newest" ON "retries" USING btree ("org_id","integration_id","id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "retries_running" ON "retries" USING btree ("org_id","integration_id") WHERE "retries"."status" = 'RUNNING';--> statement-breakpoint
CREATE UNIQUE INDEX "sync_items_lead" ON "sync_items" USING btree ("org_id","lead_id","integration_id");--> statement-breakpoint
CREATE INDEX "sync_items_due" ON "sync_items" USING btree ("org_id","integration_id","due_at") WHERE "sync_items"."state" = 'PENDING';--> statement-breakpoint
CREATE INDEX "sync_items_released" ON "sync_items" USING btree ("org_id","integration_id","release_epoch","due_at") WHERE "sync_items"."state" = 'PENDING' and "sync_items"."release_epoch" is not null;--> statement-breakpoint
CREATE INDEX "sync_items_claimed" ON "sync_items" USING btree ("claimed_until") WHERE "sync_items"."state" = 'SYNCING';--> statement-breakpoint
CREATE INDEX "sync_items_list" ON "sync_items" USING btree ("org_id","integration_id","state","captured_at","id");--> statement-breakpoint
CREATE INDEX "sync_items_event_list" ON "sync_items" USING btree ("org_id","integration_id","event_id","state","captured_at","id");--> statement-breakpoint
CREATE INDEX "sync_items_category" ON "sync_items" USING btree ("org_id","integration_id","category","captured_at","id") WHERE "sync_items"."state" = 'FAILED';--> statement-breakpoint
CREATE INDEX "sync_items_retry" ON "sync_items" USING btree ("org_id","retry_id","id") WHERE "sync_items"."retry_id" is not null;--> statement-breakpoint
CREATE INDEX "transitions_item" ON "transitions" USING btree ("org_id","item_id","position");--> statement-breakpoint
CREATE INDEX "transitions_at" ON "transitions" USING btree ("at");