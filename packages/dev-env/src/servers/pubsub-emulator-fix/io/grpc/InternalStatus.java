package io.grpc;

/**
 * Stands before the Pub/Sub emulator's jar on the class path. That jar (0.8.20) mixes two releases of gRPC: its server
 * calls asRuntimeException, which its own InternalStatus no longer has, whenever a client cancels a call or its
 * connection ends. So the emulator never learned that a subscriber was gone, and went on handing it messages, each for
 * the length of a lease. This class has both releases' methods.
 *
 * <p>Compile it (JDK 17) with: javac --release 11 -g:none -cp cloud-pubsub-emulator-0.8.20-all.jar InternalStatus.java
 */
public final class InternalStatus {
  public static final Metadata.Key<String> MESSAGE_KEY = Status.MESSAGE_KEY;
  public static final Metadata.Key<Status> CODE_KEY = Status.CODE_KEY;

  private InternalStatus() {}

  public static StatusRuntimeException asRuntimeException(
      Status status, Metadata trailers, boolean fillInStackTrace) {
    return new StatusRuntimeException(status, trailers);
  }

  public static StatusRuntimeException asRuntimeExceptionWithoutStacktrace(
      Status status, Metadata trailers) {
    return new StatusRuntimeException(status, trailers);
  }
}
