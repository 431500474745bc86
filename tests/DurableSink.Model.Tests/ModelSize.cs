namespace DurableSink.Tests.Model;

/// <summary>How much the model test does here.</summary>
internal static class ModelSize
{
    /// <summary>About a minute, on two processors that have nothing else to do.</summary>
    public const int Programs = 2000;
}
