CREATE TABLE "activity" (
	"org_id" uuid NOT NULL,
	"integration_id" uuid NOT NULL,
	"minute" timestamp (3) with time zone NOT NULL,
	"event_id" uuid NOT NULL,
	"captured" integer NOT NULL,
	"cleared" integer NOT NULL,
	"failed" integer NOT NULL,
	"latencies" integer[] NOT NULL,
	CONSTRAINT "activity_org_id_integration_id_minute_event_id_pk" PRIMARY KEY("org_id","integration_id","minute","event_id")
);
