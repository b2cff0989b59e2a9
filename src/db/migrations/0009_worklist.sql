ALTER TABLE "leads" ADD COLUMN "erased_external_id" text;--> statement-breakpoint
CREATE INDEX "leads_event" ON "leads" USING btree ("org_id","event_id","id");--> statement-breakpoint
CREATE INDEX "leads_erased" ON "leads" USING btree ("org_id","event_id","erased_external_id") WHERE "leads"."erased_external_id" is not null;