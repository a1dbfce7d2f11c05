import type { Attachment } from "../../components/storage/files.ts";
import type { Tenant } from "../../tenants/model/tenant.ts";

/** Where a tenant's files lie, with names of a test's own. */
export function attachmentOf({ storage }: Tenant): Attachment {
  switch (storage.backend) {
    case "tigris":
      return { bucket: "tnt-local-x", endpoint: "https://s3.example", region: "auto" };
    case "aws-s3":
      return { bucket: "tnt-local-x", endpoint: "https://s3.eu-central-1.amazonaws.com", region: "eu-central-1" };
    case "fly-volume":
      return { volume: "vol_x" };
  }
}
