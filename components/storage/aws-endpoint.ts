/** Where S3 at AWS answers for buckets of a region. China and GovCloud have other addresses. Pure. */
export function awsEndpoint(region: string): string {
  return `https://s3.${region}.amazonaws.com`;
}
