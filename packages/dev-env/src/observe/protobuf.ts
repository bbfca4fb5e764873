/** One field of a message of Protobuf: bytes if it is delimited by its length, else a number. */
export interface Field {
  readonly number: number;
  readonly value: Buffer | number;
}

/** Reads what the schema is known of; numbers of 64 bits lose their last bits. */
export function fieldsOf(message: Buffer): Field[] {
  const found: Field[] = [];
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = message.readUInt8(at);
      at += 1;
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  };
  const bytes = (length: number) => {
    at += length;
    return message.subarray(at - length, at);
  };
  while (at < message.length) {
    const tag = varint();
    const wire = tag & 7;
    const number = tag >> 3;
    if (wire === 0) found.push({ number, value: varint() });
    else if (wire === 1) found.push({ number, value: Number(bytes(8).readBigUInt64LE()) });
    else if (wire === 5) found.push({ number, value: bytes(4).readUInt32LE() });
    else found.push({ number, value: bytes(varint()) });
  }
  return found;
}

/** The messages, texts or bytes in the fields with this number. */
export function buffersIn(message: Buffer, number: number): Buffer[] {
  return fieldsOf(message).flatMap((field) =>
    field.number === number && typeof field.value !== "number" ? [field.value] : [],
  );
}

/** The last number in a field with this number, or 0. */
export function numberIn(message: Buffer, number: number): number {
  return Number(fieldsOf(message).findLast((field) => field.number === number)?.value ?? 0);
}
