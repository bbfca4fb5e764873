#!/usr/bin/env bash
# Makes what this routing service needs at Google, and sets what exists to the same settings. Run it as often as you
# like, as somebody who may administer Pub/Sub, Firestore's indexes and IAM. Made by `npm run synth`.
set -euo pipefail
export CLOUDSDK_CORE_PROJECT=acme-staging

gcloud pubsub topics describe dumbwaiter-ingress --format=none 2>/dev/null ||
  gcloud pubsub topics create dumbwaiter-ingress
gcloud pubsub topics describe dumbwaiter-dead-letter --format=none 2>/dev/null ||
  gcloud pubsub topics create dumbwaiter-dead-letter
gcloud pubsub topics describe dumbwaiter-push --format=none 2>/dev/null ||
  gcloud pubsub topics create dumbwaiter-push
if gcloud pubsub subscriptions describe dumbwaiter-processor --format=none 2>/dev/null; then
  gcloud pubsub subscriptions update dumbwaiter-processor --ack-deadline=10 --message-retention-duration=604800s --expiration-period=never --min-retry-delay=1s --max-retry-delay=10s --dead-letter-topic=dumbwaiter-dead-letter --max-delivery-attempts=100
else
  gcloud pubsub subscriptions create dumbwaiter-processor --topic=dumbwaiter-ingress --ack-deadline=10 --message-retention-duration=604800s --expiration-period=never --min-retry-delay=1s --max-retry-delay=10s --dead-letter-topic=dumbwaiter-dead-letter --max-delivery-attempts=100
fi
if gcloud pubsub subscriptions describe dumbwaiter-dead-letter --format=none 2>/dev/null; then
  gcloud pubsub subscriptions update dumbwaiter-dead-letter --ack-deadline=60 --message-retention-duration=604800s --expiration-period=never
else
  gcloud pubsub subscriptions create dumbwaiter-dead-letter --topic=dumbwaiter-dead-letter --ack-deadline=60 --message-retention-duration=604800s --expiration-period=never
fi
gcloud firestore indexes fields update envelope --collection-group=messages --database='(default)' --disable-indexes
gcloud firestore indexes fields update expireAt --collection-group=messages --database='(default)' --disable-indexes
gcloud firestore fields ttls update expireAt --collection-group=messages --database='(default)' --enable-ttl
gcloud firestore indexes fields update storedAt --collection-group=messages --database='(default)' --index=order=ascending
gcloud firestore indexes fields update devices --collection-group=users --database='(default)' --disable-indexes
gcloud firestore indexes fields update oldestSeen --collection-group=users --database='(default)' --index=order=ascending
gcloud pubsub topics add-iam-policy-binding dumbwaiter-ingress --member=principal://iam.googleapis.com/projects/210987654321/locations/global/workloadIdentityPools/acme-staging.svc.id.goog/subject/ns/dumbwaiter-staging/sa/dumbwaiter-api --role=roles/pubsub.publisher --format=none
gcloud projects add-iam-policy-binding acme-staging --member=principal://iam.googleapis.com/projects/210987654321/locations/global/workloadIdentityPools/acme-staging.svc.id.goog/subject/ns/dumbwaiter-staging/sa/dumbwaiter-api --role=roles/datastore.user --format=none --condition=None
gcloud pubsub subscriptions add-iam-policy-binding dumbwaiter-processor --member=principal://iam.googleapis.com/projects/210987654321/locations/global/workloadIdentityPools/acme-staging.svc.id.goog/subject/ns/dumbwaiter-staging/sa/dumbwaiter-processor --role=roles/pubsub.subscriber --format=none
gcloud pubsub topics add-iam-policy-binding dumbwaiter-push --member=principal://iam.googleapis.com/projects/210987654321/locations/global/workloadIdentityPools/acme-staging.svc.id.goog/subject/ns/dumbwaiter-staging/sa/dumbwaiter-processor --role=roles/pubsub.publisher --format=none
gcloud pubsub topics add-iam-policy-binding dumbwaiter-dead-letter --member=principal://iam.googleapis.com/projects/210987654321/locations/global/workloadIdentityPools/acme-staging.svc.id.goog/subject/ns/dumbwaiter-staging/sa/dumbwaiter-processor --role=roles/pubsub.publisher --format=none
gcloud projects add-iam-policy-binding acme-staging --member=principal://iam.googleapis.com/projects/210987654321/locations/global/workloadIdentityPools/acme-staging.svc.id.goog/subject/ns/dumbwaiter-staging/sa/dumbwaiter-processor --role=roles/datastore.user --format=none --condition=None
gcloud pubsub topics add-iam-policy-binding dumbwaiter-ingress --member=principal://iam.googleapis.com/projects/210987654321/locations/global/workloadIdentityPools/acme-staging.svc.id.goog/subject/ns/dumbwaiter-staging/sa/dumbwaiter-realtime --role=roles/pubsub.publisher --format=none
gcloud pubsub topics add-iam-policy-binding dumbwaiter-push --member=principal://iam.googleapis.com/projects/210987654321/locations/global/workloadIdentityPools/acme-staging.svc.id.goog/subject/ns/dumbwaiter-staging/sa/dumbwaiter-realtime --role=roles/pubsub.publisher --format=none
gcloud projects add-iam-policy-binding acme-staging --member=principal://iam.googleapis.com/projects/210987654321/locations/global/workloadIdentityPools/acme-staging.svc.id.goog/subject/ns/dumbwaiter-staging/sa/dumbwaiter-realtime --role=roles/datastore.user --format=none --condition=None
gcloud pubsub topics add-iam-policy-binding dumbwaiter-dead-letter --member=serviceAccount:service-210987654321@gcp-sa-pubsub.iam.gserviceaccount.com --role=roles/pubsub.publisher --format=none
gcloud pubsub subscriptions add-iam-policy-binding dumbwaiter-processor --member=serviceAccount:service-210987654321@gcp-sa-pubsub.iam.gserviceaccount.com --role=roles/pubsub.subscriber --format=none
