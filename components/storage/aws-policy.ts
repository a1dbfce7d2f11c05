/** What a key of one bucket at AWS may do: this bucket's objects, nothing else. Pure. */
export function s3Policy(bucket: string, mode: "read-only" | "read-write"): object {
  const arn = `arn:aws:s3:::${bucket}`;
  const write = ["s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"];
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Action: [
          "s3:ListBucket",
          "s3:GetBucketLocation",
          ...(mode === "read-write" ? ["s3:ListBucketMultipartUploads"] : []),
        ],
        Resource: arn,
      },
      {
        Effect: "Allow",
        Action: ["s3:GetObject", ...(mode === "read-write" ? write : [])],
        Resource: `${arn}/*`,
      },
    ],
  };
}
