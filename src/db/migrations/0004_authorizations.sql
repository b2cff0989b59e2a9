CREATE TABLE "authorizations" (
	"org_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"vendor" text NOT NULL,
	"key_id" uuid,
	"requested_by" text NOT NULL,
	"state_hash" text NOT NULL,
	"sandbox" boolean NOT NULL,
	"redirect_uri" text NOT NULL,
	"url" text NOT NULL,
	"secrets" "bytea" NOT NULL,
	"secrets_key_id" text NOT NULL,
	"status" text NOT NULL,
	"problem" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"used_at" timestamp (3) with time zone,
	CONSTRAINT "authorizations_org_id_id_pk" PRIMARY KEY("org_id","id")
);
--> statement-breakpoint
ALTER TABLE "authorizations" ADD CONSTRAINT "authorizations_org_id_organizations_id_fk" FOREIGN KEY ("org_id") REFERENCES "public"."organizations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "authorizations_state" ON "authorizations" USING btree ("state_hash");--> statement-breakpoint
CREATE INDEX "authorizations_expired" ON "authorizations" USING btree ("expires_at");