namespace DurableSink.Segments;

/// <summary>Where an event stood when a flush covered it, and what its line says of itself.</summary>
/// <param name="Sequence">Its number.</param>
/// <param name="SegmentId">The random id of its segment.</param>
/// <param name="Hash">The line's <c>@hash</c>.</param>
internal readonly record struct EventPlace(long Sequence, string SegmentId, ulong Hash);
