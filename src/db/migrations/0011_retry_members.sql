CREATE TABLE "retry_members" (
	"org_id" uuid NOT NULL,
	"retry_id" uuid NOT NULL,
	"place" integer NOT NULL,
	"item_id" uuid NOT NULL,
	"state" text NOT NULL,
	CONSTRAINT "retry_members_org_id_retry_id_place_pk" PRIMARY KEY("org_id","retry_id","place")
);
--> statement-breakpoint
ALTER TABLE "retries" ADD COLUMN "released" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "retries" ADD COLUMN "skipped" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "retries" ADD COLUMN "only_passing" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "retries" ADD COLUMN "looking" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "retries" ADD COLUMN "forgetting" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "retries" ADD COLUMN "ramp" jsonb;--> statement-breakpoint
ALTER TABLE "retries" ADD COLUMN "step" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "retries" ADD COLUMN "step_released" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "retries" ADD COLUMN "step_failed" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "retries" ADD COLUMN "opens_gate" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "retries" ADD COLUMN "reason" text;--> statement-breakpoint
ALTER TABLE "sync_items" ADD COLUMN "refused_digest" text;--> statement-breakpoint
CREATE UNIQUE INDEX "retry_members_item" ON "retry_members" USING btree ("org_id","item_id");--> statement-breakpoint
CREATE INDEX "retries_ending" ON "retries" USING btree ("org_id","id") WHERE "retries"."canceling" or "retries"."forgetting";