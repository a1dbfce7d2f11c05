import { buildSchema } from "graphql";

/**
 * The part of Fly's GraphQL that flyctl's reading verbs ask: apps, their addresses, secrets and releases, organisations, and
 * who asks. Source: fly-go 22d6e51 and flyctl ad0172f (August 2026). It has no mutation: the Machines API has what changes.
 */
export const schema = buildSchema(`
  type Query {
    apps(type: String, first: Int, after: String, organizationId: ID, role: String): Apps!
    app(name: String): App
    organizations(admin: Boolean, type: String): Organizations!
    organization(id: ID, slug: String): Organization
    viewer: Principal!
    latestImageDetails(image: String!, flyVersion: String): ImageVersion
  }
  interface Principal { email: String }
  type User implements Principal { id: ID!, name: String, email: String, enablePaidHobby: Boolean }
  type Macaroon implements Principal { email: String }
  type PageInfo { hasNextPage: Boolean!, endCursor: String }
  type Apps { nodes: [App!]!, pageInfo: PageInfo!, totalCount: Int! }
  type App {
    id: ID!
    internalNumericId: Int!
    name: String!
    hostname: String
    cnameTarget: String
    appUrl: String
    deployed: Boolean!
    status: String!
    network: String
    platformVersion: String!
    createdAt: String!
    organization: Organization!
    role: Role
    currentRelease: Release
    releases(first: Int): Releases!
    releasesUnprocessed(first: Int): Releases!
    ipAddresses: IpAddresses!
    sharedIpAddress: String
    egressIpAddresses: EgressAddresses!
    secrets: [Secret!]!
  }
  type Role { name: String! }
  type Release {
    id: ID!, version: Int!, description: String, reason: String, status: String!, imageRef: String, stable: Boolean!,
    createdAt: String!, user: User
  }
  type Releases { nodes: [Release!]! }
  type IpAddresses { nodes: [IpAddress!]! }
  type IpAddress {
    id: ID!, address: String!, type: String!, region: String, createdAt: String!, network: Network, serviceName: String
  }
  type EgressAddresses { nodes: [EgressAddress!]! }
  type EgressAddress { id: ID!, ip: String!, version: Int!, region: String!, updatedAt: String! }
  type ImageVersion { registry: String, repository: String, tag: String, version: String, digest: String }
  type Network { name: String!, organization: Organization! }
  type Secret { id: ID!, name: String!, digest: String!, createdAt: String! }
  type Organizations { nodes: [Organization!]! }
  type Organization {
    id: ID!, internalNumericId: String!, slug: String!, rawSlug: String!, name: String!, type: String!, paidPlan: Boolean!,
    billable: Boolean!, viewerRole: String!
  }
`);
