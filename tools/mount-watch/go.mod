module github.com/tenantry/tenantry/tools/mount-watch

go 1.26.0

require (
	github.com/aws/aws-sdk-go-v2 v1.48.0
	golang.org/x/sys v0.50.0
)

require github.com/aws/smithy-go v1.28.9 // indirect
