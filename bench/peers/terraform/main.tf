# The same graph as a stack of tenantry, without any call: what is left is what Terraform's engine costs.
variable "tenants" {
  type = set(string)
}

variable "epoch" {
  type    = number
  default = 0
}

resource "terraform_data" "group" {
  input = { name = "bench-local-aws-us-east-1", location = "aws-us-east-1" }
}

resource "terraform_data" "bucket" {
  for_each = var.tenants
  input    = { tenant = each.key, name = "bench-local-${each.key}", locations = "iad", softDeleteDays = 7 }
}

resource "terraform_data" "key" {
  for_each         = var.tenants
  triggers_replace = [var.epoch]
  input            = { tenant = each.key, bucket = terraform_data.bucket[each.key].output.name, mode = "read-write" }
}

resource "terraform_data" "database" {
  for_each = var.tenants
  input = {
    tenant = each.key
    claim  = terraform_data.bucket[each.key].output.name
    name   = "bench-local-${each.key}"
    group  = terraform_data.group.output.name
  }
}

resource "terraform_data" "token" {
  for_each         = var.tenants
  triggers_replace = [var.epoch]
  input            = { tenant = each.key, database = terraform_data.database[each.key].output.name, mode = "read-write" }
}

resource "terraform_data" "app" {
  for_each = var.tenants
  input = {
    tenant  = each.key
    claim   = terraform_data.bucket[each.key].output.name
    name    = "bench-local-${each.key}"
    network = "bench-local-${each.key}-net"
  }
}

resource "terraform_data" "address" {
  for_each = var.tenants
  input    = { tenant = each.key, app = terraform_data.app[each.key].output.name, ingress = "public" }
}

resource "terraform_data" "secrets" {
  for_each = var.tenants
  input = {
    tenant = each.key
    app    = terraform_data.app[each.key].output.name
    key    = terraform_data.key[each.key].id
    token  = terraform_data.token[each.key].id
  }
}

resource "terraform_data" "machine" {
  for_each = var.tenants
  input = {
    tenant  = each.key
    app     = terraform_data.app[each.key].output.name
    secrets = terraform_data.secrets[each.key].id
    config = {
      image  = "registry.example/notes:1"
      guest  = { cpu_kind = "shared", cpus = 1, memory_mb = 1024 }
      env    = { TENANT = each.key, BUCKET_NAME = terraform_data.bucket[each.key].output.name, MOUNT_PATH = "/app/data" }
      checks = { ready = { type = "http", port = 8080, path = "/healthz", interval = "15s", timeout = "5s" } }
    }
  }
}

output "fleet" {
  value = { for id in var.tenants : id => { bucket = "bench-local-${id}", machine = terraform_data.machine[id].id } }
}
