ALTER TABLE "vendor_flows" ADD COLUMN "quota_limit" integer;--> statement-breakpoint
ALTER TABLE "vendor_flows" ADD COLUMN "quota_remaining" integer;--> statement-breakpoint
ALTER TABLE "vendor_flows" ADD COLUMN "quota_resets_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "vendor_flows" ADD COLUMN "quota_learnt_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "vendor_flows" ADD COLUMN "rate_calls" integer;--> statement-breakpoint
ALTER TABLE "vendor_flows" ADD COLUMN "rate_window_ms" integer;