CREATE TABLE "verification_findings" (
	"org_id" uuid NOT NULL,
	"verification_id" uuid NOT NULL,
	"place" integer NOT NULL,
	"kind" text NOT NULL,
	"message" text NOT NULL,
	"integration_id" uuid,
	"event_id" uuid,
	"item_id" uuid,
	"position" bigint,
	CONSTRAINT "verification_findings_org_id_verification_id_place_pk" PRIMARY KEY("org_id","verification_id","place")
);
