DROP INDEX "push_attempts_item";--> statement-breakpoint
DROP INDEX "push_attempts_lead";--> statement-breakpoint
ALTER TABLE "push_attempts" DROP CONSTRAINT "push_attempts_org_id_id_pk";--> statement-breakpoint
ALTER TABLE "push_attempts" ADD CONSTRAINT "push_attempts_org_id_item_id_item_version_pk" PRIMARY KEY("org_id","item_id","item_version");--> statement-breakpoint
ALTER TABLE "push_attempts" DROP COLUMN "id";--> statement-breakpoint
ALTER TABLE "push_attempts" DROP COLUMN "lead_id";