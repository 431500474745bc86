using DurableSink.PowerCut;
using DurableSink.PowerCut.Shipping;

// write DIR ACKS [options]    appends until killed (or --events)
// write-keyed DIR ACKS [options]  the same under idempotency keys, through the audit door
// verify DIR ACKS [option]    0: the log in DIR holds what ACKS says; 1: the last line says what is wrong
// verify DIR ACKS --ship TARGET  the same of a log that was being shipped there: in DIR and TARGET together
// selftest                    damages logs in every way that the verifier must notice
switch (args)
{
    case ["write", var drive, var acknowledgements, .. var options]:
        try
        {
            await using var writer = new Writer(drive, acknowledgements, WriterSettings.Parse(options));
            await writer.RunAsync();
            return 0;
        }
        catch (Exception e) // said at once, without a core dump: the rig calls it trouble
        {
            Console.WriteLine(e.ToString());
            return 1;
        }
    case ["write-keyed", var drive, var acknowledgements, .. var options]:
        try
        {
            await using var writer = new AuditWriter(drive, acknowledgements, WriterSettings.Parse(options));
            await writer.RunAsync();
            return 0;
        }
        catch (Exception e)
        {
            Console.WriteLine(e.ToString());
            return 1;
        }
    case ["verify", var drive, var acknowledgements, .. var options] when options is ["--ship", _] || options.All(option => option is "--errors-injected" or "--keys"):
        try
        {
            Console.WriteLine(options is ["--ship", var target]
                ? await ShippedVerifier.CheckAsync(drive, acknowledgements, target)
                : await Verifier.CheckAsync(drive, acknowledgements, mayBeSalvaged: options.Contains("--errors-injected"), hasKeys: options.Contains("--keys")));
            return 0;
        }
        catch (VerificationException e)
        {
            Console.WriteLine(e.Message);
        }
        catch (Exception e) // whatever the log throws on a crash image is a failure of the image, in one line for the rig
        {
            Console.WriteLine(e.ToString());
            Console.WriteLine($"{e.GetType().Name}: {e.Message.ReplaceLineEndings(" ")}");
        }
        return 1;
    case ["selftest"]:
        return await SelfTest.RunAsync();
    default:
        Console.Error.WriteLine("usage: write DIR ACKS [--fsync always|batch|os] [--producers N] [--segment-bytes N] [--preallocation MODE]\n" +
                                "           [--tail-block MODE] [--acknowledge durable|accepted] [--events N] [--ship TARGET] [--put standing|begun]\n" +
                                "       write-keyed DIR ACKS [the same]\n" +
                                "       verify DIR ACKS [--errors-injected] [--keys]\n       verify DIR ACKS --ship TARGET\n       selftest");
        return 2;
}
