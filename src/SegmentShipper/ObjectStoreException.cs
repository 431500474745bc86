namespace SegmentShipper;

/// <summary>Why a store could not do what was asked.</summary>
public enum ObjectStoreError
{
    /// <summary>It did not answer, or in the middle of the answer no more: network, restart, time-out.</summary>
    Unreachable,

    /// <summary>It asks for fewer requests, or is overloaded (503 SlowDown, 429).</summary>
    Throttled,

    /// <summary>It failed by itself (500 and the like).</summary>
    Internal,

    /// <summary>The credentials are wrong, expired, or not allowed to do this; or the clock is wrong.</summary>
    Denied,

    /// <summary>The bucket, the directory or the object does not exist.</summary>
    NotFound,

    /// <summary>What arrived was not what was sent.</summary>
    Corrupted,

    /// <summary>The store refuses the request as it is: an option or the server's configuration is to be changed.</summary>
    Refused,

    /// <summary>The store has no room, or a quota is used up.</summary>
    Full,
}

/// <summary>A store could not do what was asked. Whether a put made its object is not known then.</summary>
public sealed class ObjectStoreException : IOException
{
    /// <summary>Makes the exception. The message names location, key, the store's own words and request id, and the remedy.</summary>
    public ObjectStoreException(ObjectStoreError error, string message, Exception? inner = null) : base(message, inner) => Error = error;

    /// <summary>The kind of failure.</summary>
    public ObjectStoreError Error { get; }
}
