namespace DurableSink.Hosting;

/// <summary>A door's log as its health is judged: nothing here opens it.</summary>
internal interface ILogDoor
{
    /// <summary>The log's name; null where the options are not valid.</summary>
    string? LogName { get; }

    /// <summary>Null while it is not open.</summary>
    DurableLog? OpenLog { get; }

    /// <summary>Why the last attempt to open it failed.</summary>
    Exception? OpeningFailure { get; }

    /// <summary>Events that were logged but could not be handed to the log.</summary>
    long LostEvents { get; }
}

/// <summary>That a container has this door. Not the door itself: the container would dispose it a second time.</summary>
internal sealed record LogDoorOf(Func<IServiceProvider, ILogDoor> Get);
