CREATE TABLE "event_campaigns" (
	"org_id" uuid NOT NULL,
	"integration_id" uuid NOT NULL,
	"event_id" uuid NOT NULL,
	"campaign_id" text NOT NULL,
	"campaign_name" text NOT NULL,
	"member_status" text NOT NULL,
	"set_at" timestamp (3) with time zone NOT NULL,
	"set_by" text NOT NULL,
	CONSTRAINT "event_campaigns_org_id_integration_id_event_id_pk" PRIMARY KEY("org_id","integration_id","event_id")
);
--> statement-breakpoint
CREATE TABLE "operations" (
	"org_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"kind" text NOT NULL,
	"integration_id" uuid,
	"event_id" uuid,
	"status" text NOT NULL,
	"requested_at" timestamp (3) with time zone NOT NULL,
	"requested_by" text NOT NULL,
	"finished_at" timestamp (3) with time zone,
	"input" jsonb NOT NULL,
	"progress" jsonb NOT NULL,
	"result" jsonb,
	"total" integer,
	"done" integer DEFAULT 0 NOT NULL,
	"owner" uuid,
	"owned_until" timestamp (3) with time zone,
	CONSTRAINT "operations_org_id_id_pk" PRIMARY KEY("org_id","id")
);
--> statement-breakpoint
CREATE TABLE "push_attempts" (
	"org_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"item_id" uuid NOT NULL,
	"integration_id" uuid NOT NULL,
	"lead_id" uuid NOT NULL,
	"attempt" integer NOT NULL,
	"reason" text NOT NULL,
	"started_at" timestamp (3) with time zone NOT NULL,
	"duration_ms" integer NOT NULL,
	"outcome" text NOT NULL,
	"error" jsonb,
	"exchanges" jsonb NOT NULL,
	CONSTRAINT "push_attempts_org_id_id_pk" PRIMARY KEY("org_id","id")
);
--> statement-breakpoint
DROP INDEX "sync_items_due";--> statement-breakpoint
ALTER TABLE "gates" ADD COLUMN "opened_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "leads" ADD COLUMN "erased_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "sync_items" ADD COLUMN "lane" smallint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "sync_items" ADD COLUMN "failed_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "sync_items" ADD COLUMN "failed_value" text;--> statement-breakpoint
ALTER TABLE "sync_items" ADD COLUMN "repeated" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "sync_items" ADD COLUMN "written_revision" integer;--> statement-breakpoint
ALTER TABLE "sync_items" ADD COLUMN "before_withdrawal" jsonb;--> statement-breakpoint
ALTER TABLE "sync_items" ADD COLUMN "erased" boolean DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX "operations_newest" ON "operations" USING btree ("org_id","kind","id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "operations_running" ON "operations" USING btree ("owned_until") WHERE "operations"."status" = 'RUNNING';--> statement-breakpoint
CREATE INDEX "push_attempts_item" ON "push_attempts" USING btree ("org_id","item_id","id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "push_attempts_lead" ON "push_attempts" USING btree ("org_id","lead_id");--> statement-breakpoint
CREATE INDEX "push_attempts_started" ON "push_attempts" USING btree ("started_at");--> statement-breakpoint
CREATE INDEX "sync_items_due" ON "sync_items" USING btree ("org_id","integration_id","lane","due_at") WHERE "sync_items"."state" = 'PENDING';