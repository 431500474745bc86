using DurableSink.Bench.Measuring;

namespace DurableSink.Bench;

/// <summary>One thing to measure; a file each in Workloads.</summary>
internal interface IWorkload
{
    /// <summary>Its name in the table.</summary>
    string Name { get; }

    /// <summary>Whether it is a reference: the drive itself, with nothing of DurableSink.</summary>
    bool IsReference { get; }

    /// <summary>Runs for some seconds in a folder that is empty before and removed after.</summary>
    Measurement Run(string folder, double seconds);
}
