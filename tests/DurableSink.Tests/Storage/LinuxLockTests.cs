namespace DurableSink.Tests.Storage;

// D8
public sealed class LinuxLockTests() : LockContract(LinuxTest.Linux());
