/* A HAPI FHIR JPA server (R4, H2 in memory) on loopback, put together from HAPI's own published test configuration.
 * Prints "READY <port>" and runs until its standard input ends. */
import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.jpa.test.config.TestR4Config;
import ca.uhn.fhir.rest.server.RestfulServer;
import ca.uhn.fhir.rest.server.provider.ResourceProviderFactory;
import jakarta.servlet.Servlet;
import java.io.PrintStream;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;

public class HapiServer {
  public static void main(String[] args) throws Exception {
    PrintStream out = System.out;
    System.setOut(System.err);
    AnnotationConfigApplicationContext spring = new AnnotationConfigApplicationContext(TestR4Config.class);
    RestfulServer fhir = new RestfulServer(spring.getBean(FhirContext.class));
    fhir.registerProviders(spring.getBean("myResourceProvidersR4", ResourceProviderFactory.class).createProviders());
    fhir.registerProvider(spring.getBean("mySystemProviderR4"));
    Server server = new Server();
    ServerConnector connector = new ServerConnector(server);
    connector.setHost("127.0.0.1");
    server.addConnector(connector);
    ServletContextHandler handler = new ServletContextHandler();
    handler.addServlet(new ServletHolder((Servlet) fhir), "/fhir/*");
    server.setHandler(handler);
    server.start();
    out.println("READY " + connector.getLocalPort());
    out.flush();
    while (System.in.read() >= 0) {}
    System.exit(0);
  }
}
