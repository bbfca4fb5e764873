import { InvalidSpecError, namesOf, statusNames } from "@dumbwaiter/infra";
import {
  type DesiredState,
  desiredState,
  isPaused,
  type RoutingService,
  readSpec,
  type StatusNames,
  unknownFieldsMessage,
} from "@dumbwaiter/routing-service";

/** What the spec of one generation asks for. */
interface ParsedSpec {
  readonly uid: string;
  readonly generation: number;
  /** Undefined if the spec is invalid. */
  readonly desired: DesiredState | undefined;
  readonly names: StatusNames | undefined;
  readonly problems: readonly string[];
  readonly isPaused: boolean;
}

/** The specs of the routing services, each parsed and rendered once for every generation. */
export class ParsedSpecs {
  readonly #byKey = new Map<string, ParsedSpec>();
  readonly #onUnknownFields: (routingService: RoutingService, message: string) => void;

  constructor(onUnknownFields: (routingService: RoutingService, message: string) => void) {
    this.#onUnknownFields = onUnknownFields;
  }

  of(key: string, routingService: RoutingService): ParsedSpec {
    const { uid, generation = 0 } = routingService.metadata;
    const known = this.#byKey.get(key);
    if (known?.uid === uid && known.generation === generation) return known;
    const spec = { uid, generation, ...this.#parse(routingService) };
    this.#byKey.set(key, spec);
    return spec;
  }

  /** @returns what it was */
  forget(key: string): ParsedSpec | undefined {
    const known = this.#byKey.get(key);
    this.#byKey.delete(key);
    return known;
  }

  #parse(routingService: RoutingService): Omit<ParsedSpec, "uid" | "generation"> {
    try {
      const { props, unknownFields } = readSpec(routingService);
      if (unknownFields.length > 0)
        this.#onUnknownFields(routingService, unknownFieldsMessage(unknownFields));
      return {
        desired: desiredState(props, routingService),
        names: statusNames(namesOf(props)),
        problems: [],
        isPaused: isPaused(routingService),
      };
    } catch (error) {
      if (!(error instanceof InvalidSpecError)) throw error;
      const { problems } = error;
      return { desired: undefined, names: undefined, problems, isPaused: isPaused(routingService) };
    }
  }
}
