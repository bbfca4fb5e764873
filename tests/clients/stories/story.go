// Send, pull, acknowledge, retry, send with an access key, and a refusal, with the client that openapi-generator makes for Go.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	dumbwaiter "example.com/mine/client"
)

func check(holds bool, what string) {
	if !holds {
		panic(what)
	}
}

func main() {
	configuration := dumbwaiter.NewConfiguration()
	configuration.Servers = dumbwaiter.ServerConfigurations{{URL: os.Getenv("URL")}}
	api := dumbwaiter.NewAPIClient(configuration).MessagesAPI
	asAlice := context.WithValue(context.Background(), dumbwaiter.ContextAccessToken, os.Getenv("ALICE"))
	asBob := context.WithValue(context.Background(), dumbwaiter.ContextAccessToken, os.Getenv("BOB"))
	accessKey := map[string]dumbwaiter.APIKey{"accessKey": {Key: os.Getenv("ACCESS_KEY")}}
	asAnybody := context.WithValue(context.Background(), dumbwaiter.ContextAPIKeys, accessKey)
	send := func(as context.Context, recipient string) (*dumbwaiter.Accepted, error) {
		envelope := dumbwaiter.NewSecureEnvelope(recipient, "AEBD", "BCDE")
		accepted, _, err := api.Send(as).IdempotencyKey(os.Getenv("KEY")).SecureEnvelope(*envelope).Execute()
		return accepted, err
	}

	accepted, err := send(asAlice, os.Getenv("RECIPIENT"))
	check(err == nil, fmt.Sprint("the message is accepted: ", err))

	page, _, err := api.Pull(asBob).Limit(10).Execute()
	for attempt := 0; err == nil && len(page.Messages) == 0 && attempt < 100; attempt++ {
		time.Sleep(100 * time.Millisecond)
		page, _, err = api.Pull(asBob).Execute()
	}
	check(err == nil, fmt.Sprint("the queue can be read: ", err))
	check(len(page.Messages) == 1 && page.Messages[0].Id == accepted.Id, "the message is in the queue")
	envelope := page.Messages[0].Envelope
	check(envelope.EncryptedData == "AEBD" && !envelope.HasPriority(), "the envelope is unchanged")

	response, err := api.Acknowledge(asBob).Acknowledgement(*dumbwaiter.NewAcknowledgement([]string{accepted.Id})).Execute()
	check(err == nil && response.StatusCode == 204, fmt.Sprint("the message is acknowledged: ", err))
	page, _, err = api.Pull(asBob).Execute()
	check(err == nil && len(page.Messages) == 0, "the queue is empty")

	again, err := send(asAlice, os.Getenv("RECIPIENT"))
	check(err == nil && again.Id == accepted.Id, "a retry has the same ID")
	anonymous, err := send(asAnybody, os.Getenv("RECIPIENT"))
	check(err == nil, fmt.Sprint("the access key is accepted: ", err))

	_, err = send(asAlice, "nobody")
	var refusal *dumbwaiter.GenericOpenAPIError
	check(errors.As(err, &refusal), fmt.Sprint("an error is typed: ", err))
	problem, ok := refusal.Model().(dumbwaiter.Problem)
	check(ok && problem.Code == "invalid_envelope" && problem.GetPath() == "recipientId", "an error has a code and a path")
	fmt.Print(accepted.Id, " ", anonymous.Id)
}
