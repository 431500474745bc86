using Microsoft.Extensions.Logging;

namespace DurableSink.Hosting;

/// <summary>What a logger needs of the provider that made it.</summary>
internal interface ILoggerDoor
{
    bool IsDisposed { get; }

    IExternalScopeProvider? Scopes { get; }

    /// <summary>Whether events of the category go through this door. Asked for each event: must be quick, and opens nothing.</summary>
    bool Takes(string category);

    /// <summary>See <see cref="DoorLog{TOptions}.TryOpen(string)"/>.</summary>
    OpenedLog? TryOpen(string category);

    /// <summary>See <see cref="DoorLog{TOptions}.CountLost"/>.</summary>
    void Lost(string reason, Exception? cause);
}
