CREATE TABLE "notification_cursors" (
	"org_id" uuid NOT NULL,
	"rule_id" uuid NOT NULL,
	"integration_id" uuid NOT NULL,
	"position" bigint NOT NULL,
	"version" integer NOT NULL,
	CONSTRAINT "notification_cursors_org_id_rule_id_integration_id_pk" PRIMARY KEY("org_id","rule_id","integration_id")
);
--> statement-breakpoint
CREATE TABLE "notification_losses" (
	"org_id" uuid NOT NULL,
	"rule_id" uuid NOT NULL,
	"change_id" uuid NOT NULL,
	"integration_id" uuid NOT NULL,
	"kind" text NOT NULL,
	CONSTRAINT "notification_losses_org_id_rule_id_change_id_pk" PRIMARY KEY("org_id","rule_id","change_id")
);
--> statement-breakpoint
CREATE TABLE "notification_rules" (
	"org_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"name" text NOT NULL,
	"active" boolean NOT NULL,
	"triggers" text[] NOT NULL,
	"integration_id" uuid,
	"event_id" uuid,
	"cadence" text NOT NULL,
	"time_zone" text NOT NULL,
	"channel" text NOT NULL,
	"recipients" text[],
	"url" "bytea",
	"url_key_id" text,
	"url_host" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"created_by" text NOT NULL,
	"sent" integer DEFAULT 0 NOT NULL,
	"last_sent_at" timestamp (3) with time zone,
	"last_error" text,
	"failures" integer DEFAULT 0 NOT NULL,
	"retry_at" timestamp (3) with time zone,
	"digest_due_at" timestamp (3) with time zone,
	"reminder_due_at" timestamp (3) with time zone,
	"claim" uuid,
	"claimed_until" timestamp (3) with time zone,
	CONSTRAINT "notification_rules_org_id_id_pk" PRIMARY KEY("org_id","id"),
	CONSTRAINT "notification_rules_target" CHECK (case channel when 'EMAIL' then recipients is not null and url is null else recipients is null and url is not null and url_host is not null end),
	CONSTRAINT "notification_rules_claim" CHECK ((claim is null) = (claimed_until is null))
);
--> statement-breakpoint
CREATE TABLE "notification_tallies" (
	"org_id" uuid NOT NULL,
	"rule_id" uuid NOT NULL,
	"integration_id" uuid NOT NULL,
	"category" text NOT NULL,
	"failed" integer NOT NULL,
	"cleared" integer NOT NULL,
	"first_at" timestamp (3) with time zone NOT NULL,
	"last_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "notification_tallies_org_id_rule_id_integration_id_category_pk" PRIMARY KEY("org_id","rule_id","integration_id","category")
);
--> statement-breakpoint
ALTER TABLE "notification_cursors" ADD CONSTRAINT "notification_cursors_rule" FOREIGN KEY ("org_id","rule_id") REFERENCES "public"."notification_rules"("org_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notification_cursors" ADD CONSTRAINT "notification_cursors_integration" FOREIGN KEY ("org_id","integration_id") REFERENCES "public"."integrations"("org_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notification_losses" ADD CONSTRAINT "notification_losses_cursor" FOREIGN KEY ("org_id","rule_id","integration_id") REFERENCES "public"."notification_cursors"("org_id","rule_id","integration_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notification_rules" ADD CONSTRAINT "notification_rules_org_id_organizations_id_fk" FOREIGN KEY ("org_id") REFERENCES "public"."organizations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notification_rules" ADD CONSTRAINT "notification_rules_integration" FOREIGN KEY ("org_id","integration_id") REFERENCES "public"."integrations"("org_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notification_rules" ADD CONSTRAINT "notification_rules_event" FOREIGN KEY ("org_id","event_id") REFERENCES "public"."events"("org_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notification_tallies" ADD CONSTRAINT "notification_tallies_cursor" FOREIGN KEY ("org_id","rule_id","integration_id") REFERENCES "public"."notification_cursors"("org_id","rule_id","integration_id") ON DELETE cascade ON UPDATE no action;