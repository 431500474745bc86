namespace DurableSink.PowerCut;

/// <summary>The log is not what it must be. The message says what is wrong; it is the last line that <c>verify</c> prints.</summary>
internal sealed class VerificationException(string message) : Exception(message);
