package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/xml"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

const (
	requestLimit = 30 * time.Second
	// The hash of an empty body, which a signed GET names.
	emptyBody = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
)

type object struct {
	key, etag string
}

// page is one answer to a listing. One with the digest of the time before is not read again: that is most of the work.
type page struct {
	after   string
	digest  [sha256.Size]byte
	objects []object
	more    bool
}

type bucket struct {
	// address is the URL of the bucket, without a query.
	address, region string
	key                    aws.Credentials
	client                 *http.Client
	signer                 *v4.Signer
	body                   bytes.Buffer
}

func bucketOf(env func(string) string) (*bucket, error) {
	endpoint := env("AWS_ENDPOINT_URL_S3")
	if endpoint == "" {
		endpoint = env("AWS_ENDPOINT_URL")
	}
	region := env("AWS_REGION")
	if region == "" {
		region = "auto"
	}
	key := aws.Credentials{AccessKeyID: env("AWS_ACCESS_KEY_ID"), SecretAccessKey: env("AWS_SECRET_ACCESS_KEY")}
	for name, value := range map[string]string{
		"BUCKET_NAME": env("BUCKET_NAME"), "AWS_ENDPOINT_URL_S3": endpoint,
		"AWS_ACCESS_KEY_ID": key.AccessKeyID, "AWS_SECRET_ACCESS_KEY": key.SecretAccessKey,
	} {
		if value == "" {
			return nil, fmt.Errorf("%s is not set", name)
		}
	}
	address, err := addressOf(env("BUCKET_NAME"), endpoint, env("S3_PATH_STYLE") == "true")
	if err != nil {
		return nil, err
	}
	return &bucket{
		address: address, region: region, key: key,
		client: &http.Client{Timeout: requestLimit, Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, MaxIdleConns: 1, IdleConnTimeout: 2 * mostIdle,
		}},
		signer: v4.NewSigner(),
	}, nil
}

// addressOf names the bucket by its host name, and in the path where that is asked for, or where there is no such name: below an
// address in numbers, and under a certificate for one more label.
func addressOf(bucket, endpoint string, byPath bool) (string, error) {
	place, err := url.Parse(endpoint)
	if err != nil {
		return "", err
	}
	place.Path = "/"
	if byPath || net.ParseIP(place.Hostname()) != nil || strings.Contains(bucket, ".") {
		place.Path += bucket
	} else {
		place.Host = bucket + "." + place.Host
	}
	return place.String(), nil
}

// list answers all pages, and whether any differs from those before.
func (b *bucket) list(ctx context.Context, before []page) ([]page, bool, error) {
	pages, differs := make([]page, 0, len(before)), false
	for after := ""; ; {
		var known *page
		if place := len(pages); place < len(before) && before[place].after == after {
			known = &before[place]
		}
		next, err := b.page(ctx, after, known)
		if err != nil {
			return nil, false, err
		}
		differs = differs || known == nil || next.digest != known.digest
		pages = append(pages, next)
		if !next.more || len(next.objects) == 0 {
			return pages, differs || len(pages) != len(before), nil
		}
		after = next.objects[len(next.objects)-1].key
	}
}

func (b *bucket) page(ctx context.Context, after string, known *page) (page, error) {
	if err := b.get(ctx, after); err != nil {
		return page{}, err
	}
	digest := sha256.Sum256(b.body.Bytes())
	if known != nil && known.digest == digest {
		return *known, nil
	}
	var answer struct {
		EncodingType string
		IsTruncated  bool
		Contents     []struct{ Key, ETag string }
	}
	if err := xml.Unmarshal(b.body.Bytes(), &answer); err != nil {
		return page{}, err
	}
	objects := make([]object, len(answer.Contents))
	for place, each := range answer.Contents {
		key := each.Key
		if answer.EncodingType == "url" {
			var err error
			if key, err = url.QueryUnescape(key); err != nil {
				return page{}, err
			}
		}
		objects[place] = object{key: strings.Clone(key), etag: bare(each.ETag)}
	}
	return page{after: after, digest: digest, objects: objects, more: answer.IsTruncated}, nil
}

// get reads the answer to one ListObjectsV2 into body. By `start-after`: a token may differ where nothing has changed.
func (b *bucket) get(ctx context.Context, after string) error {
	query := url.Values{"list-type": {"2"}, "encoding-type": {"url"}}
	if after != "" {
		query.Set("start-after", after)
	}
	// A space is %20 where a request is signed.
	address := b.address + "?" + strings.ReplaceAll(query.Encode(), "+", "%20")
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	request.Header.Set("X-Amz-Content-Sha256", emptyBody)
	if err := b.signer.SignHTTP(ctx, b.key, request, emptyBody, "s3", b.region, time.Now()); err != nil {
		return err
	}
	answer, err := b.client.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	b.body.Reset()
	if _, err := io.Copy(&b.body, answer.Body); err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("the listing was answered with %d", answer.StatusCode)
	}
	return nil
}

func bare(etag string) string {
	return strings.Clone(strings.Trim(etag, `"`))
}
