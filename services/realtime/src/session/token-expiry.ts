/** When the token of a socket expires. */
export class TokenExpiry {
  #at: number;
  #begun = 0;
  #replaced = 0;

  /** @param at milliseconds since the epoch */
  constructor(at: number) {
    this.#at = at;
  }

  /** In milliseconds since the epoch. */
  get at(): number {
    return this.#at;
  }

  /**
   * Call it when a new token comes, and what it returns once the token is verified. Of several tokens the one that came
   * last counts, in whichever order they are verified.
   */
  beginReplacement(): (expiresAt: number) => void {
    this.#begun += 1;
    const number = this.#begun;
    return (expiresAt) => {
      if (number < this.#replaced) return;
      this.#replaced = number;
      this.#at = expiresAt;
    };
  }
}
