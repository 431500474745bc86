namespace DurableSink.Tests.Model;

/// <summary>How much the model test does here.</summary>
internal static class ModelSize
{
    /// <summary>Over the assembly that ships, and the memory that it maps; tests/DurableSink.Model.Tests runs thousands.</summary>
    public const int Programs = 50;
}
