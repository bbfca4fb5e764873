/** Answers that are redirects are not counted. */
export const STATUS_CLASSES = ["2xx", "4xx", "5xx"] as const;

export type StatusClass = (typeof STATUS_CLASSES)[number];

/** The upper bounds, in seconds, of a histogram of answers. */
export const ANSWER_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** As proxies count it, if a client goes away before its answer: nobody failed but the client. */
export const CLIENT_GONE = 499;

/** @param status as of HTTP @param startedAt by the clock of `performance` */
export type AnswerMeter = (status: number, startedAt: number) => void;

interface Series {
  readonly total: { inc(): void };
  readonly seconds: { observe(value: number): void };
}

/** Counts and times the answers to one kind of request. Its series are looked up once, not with each answer. */
export function createAnswerMeter(seriesOf: (statusClass: StatusClass) => Series): AnswerMeter {
  const series = new Map(STATUS_CLASSES.map((each) => [Number(each[0]), seriesOf(each)]));
  return (status, startedAt) => {
    const { total, seconds } = series.get(Math.floor(status / 100)) ?? {};
    total?.inc();
    seconds?.observe((performance.now() - startedAt) / 1000);
  };
}
